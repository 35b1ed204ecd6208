"""What is warned of, in which order, and where one looks at it."""

from __future__ import annotations

from dataclasses import replace

from qctl.client.terms import Pause
from qctl.client.watching import Snapshot
from qctl.model.verdict import Verdict
from qctl.tui.footer import alert_line
from qctl.tui.screen import Screen, View
from qctl.tui.warnings import warnings
from tests.unit.jobs_at_hand import HOUR, MINUTE, NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.pictures import LOOK, rows_of_view


def _said(snapshot: Snapshot) -> list[str]:
    return [each.text for each in warnings(snapshot, LOOK)]


def _with(snapshot: Snapshot, **health: object) -> Snapshot:
    assert snapshot.health is not None
    return replace(snapshot, health=replace(snapshot.health, **health))  # type: ignore[arg-type]


def test_the_worst_comes_first() -> None:
    assert _said(_with(instances.busy(), evicts="allkeys-lru")) == [
        "Redis may drop jobs to make room (allkeys-lru): qctl doctor",
        "no worker reads queue mails, 1,204 jobs in it",
        "worker web2.1 gone",
        "queue batch: oldest job waits 6m (limit 5m)",
        "schedule vacuum: missed, 1 instant missed, the last 9h ago",
        "schedule import-feed: failing, failed 3 times, since 8m",
    ]


def test_a_server_that_takes_no_new_jobs_is_warned_of_before_what_waits_in_it() -> None:
    first, second, *_ = _said(_with(instances.busy(), refuses="Redis is full"))
    assert (first, second) == ("Redis is full: qctl doctor", "no worker reads queue mails, 1,204 jobs in it")


def test_an_instance_that_is_well_is_not_warned_of() -> None:
    assert _said(instances.idle()) == []
    assert _said(instances.unanswered()) == []


def test_where_there_is_no_worker_at_all_that_is_said_once() -> None:
    first, *rest = _said(_with(instances.busy(), workers=(), gone=(), unread=("batch", "mails")))
    assert first == "1,229 jobs wait and no worker is there: qctl up -d"
    assert not any("no worker reads" in text for text in rest)


def test_schedules_without_a_beat_are_warned_of_before_what_they_missed() -> None:
    busy = instances.busy()
    assert busy.fleet is not None
    said = _said(_with(replace(busy, fleet=replace(busy.fleet, beats=())), unread=(), gone=()))
    assert said[0] == "no beat runs, 4 schedules wait for one: qctl beat"
    assert not any(text.startswith("schedule ") for text in said)


def test_a_paused_queue_is_not_said_to_be_slow() -> None:
    pause = Pause(by="ana@db1", reason="moving", at_ms=NOW_MS, until_ms=NOW_MS + HOUR)
    said = _said(_with(instances.busy(), paused={"*": pause}))
    assert "every queue is paused by ana@db1 until 15:02:11: moving" in said
    assert not any("oldest job" in text for text in said)


def test_many_of_a_kind_are_one_warning() -> None:
    late = [instances.known(f"t{at}", "every 5m", Verdict.LATE, "due 2m ago, and not fired") for at in range(3)]
    busy = instances.busy()
    assert busy.fleet is not None
    said = _said(replace(busy, fleet=replace(busy.fleet, schedules=tuple(late))))
    assert said[-1] == "schedule t0 and 2 more: late"


def test_each_warning_leads_to_a_row_that_is_there() -> None:
    busy = instances.busy()
    for each in warnings(busy, LOOK):
        assert each.view is not View.JOBS
        assert each.key in rows_of_view(each.view, busy), each


def test_a_dismissed_warning_gives_way_to_the_next() -> None:
    busy = instances.busy()
    names = [each.name for each in warnings(busy, LOOK)]
    assert len(set(names)) == len(names)
    line = alert_line(Screen(dismissed=frozenset(names[:1])), busy, LOOK)
    assert line[0].text.startswith("⚠ worker web2.1 gone")
    assert alert_line(Screen(dismissed=frozenset(names)), busy, LOOK) == ()


def test_a_job_that_waits_for_less_than_five_minutes_is_not_warned_of() -> None:
    queue = instances.queue("batch", 3, 0, 5 * MINUTE)
    assert _said(_with(replace(instances.busy(), fleet=None), queues=(queue,), unread=(), gone=())) == []
