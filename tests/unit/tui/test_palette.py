"""What the palette offers."""

from __future__ import annotations

import pytest

from qctl.model.cells import width
from qctl.tui.course import Course
from qctl.tui.keys import keys_of
from qctl.tui.look import Look
from qctl.tui.palette import Offer, offered
from qctl.tui.screen import Page, Screen, View
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.courses import line, put
from tests.unit.tui.pictures import text_of


def course(*, read_only: bool = False) -> Course:
    made = Course(Screen(read_only=read_only), instances.idle(), lambda _: Look(now_ms=NOW_MS))
    made.take(instances.busy())
    return made


def chosen(on: Course, text: str) -> Screen:
    on.press("colon")
    put(on, text)
    on.press("enter")
    return on.screen


def told(on: Course, text: str) -> list[Offer]:
    return offered(on.screen, on.snapshot, text)


def test_every_key_that_acts_here_is_offered_and_does_the_same() -> None:
    on = course()
    names = [offer.key.name for offer in told(on, "") if offer.key is not None]
    assert {"cancel", "filter", "retry", "pause", "quit"} <= set(names)
    assert set(names) <= {key.name for key in keys_of(on.screen)}
    assert chosen(on, "cancel").question is not None


def test_nothing_that_changes_is_offered_to_read_only() -> None:
    assert not [offer for offer in told(course(read_only=True), "") if offer.key is not None and offer.key.changes]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("queue batch", 'queue:"batch" state:active'),
        ("task backup-db", 'task:"backup-db"'),
        ("worker db1.1", 'worker:"db1.1" state:running'),
        ("queue elsewhere", 'queue:"elsewhere"'),
        ("job 7kzz", 'id:"7kzz"'),
        ('task a"b', 'task:"a*b"'),
    ],
)
def test_a_name_leads_to_its_jobs(text: str, query: str) -> None:
    on = course()
    there = chosen(on, text)
    assert (there.view, there.list.query) == (View.JOBS, query)
    assert on.wanted().query is not None


def test_a_job_at_hand_is_opened_and_a_schedule_pointed_at() -> None:
    job = instances.busy_jobs()[0].id
    there = chosen(course(), f"job {job}")
    assert (there.page, there.job) == (Page.JOB, job)
    there = chosen(course(), "schedule import-feed")
    assert (there.view, there.list.cursor) == (View.SCHEDULE, "import-feed")


def test_what_is_offered_is_seen_over_the_list_and_chosen_by_the_arrows() -> None:
    on = course()
    on.press("colon")
    assert any("Commands" in each for each in text_of(on.picture()))
    put(on, "job")
    on.press("down")
    lines = [each for each in text_of(on.picture()) if "▸" in each]
    assert len(lines) == 1
    meant = told(on, "job")[1].text
    assert meant in lines[0]
    on.press("up")
    on.press("escape")
    assert on.screen.prompt is None
    assert not any("Commands" in each for each in text_of(on.picture()))


def test_what_begins_so_comes_before_what_holds_the_words_and_what_is_told_of_it() -> None:
    found = [offer.text for offer in told(course(), "queue")]
    assert found[0] == "queues"
    assert found[1].startswith("queue ")
    assert "pause" in found, "whose help names a queue"


def test_a_name_that_nothing_has_is_told_and_the_line_stays() -> None:
    on = course()
    there = chosen(on, "zzzz")
    assert there.prompt is not None
    assert "no command, queue, task, worker, schedule or job is called zzzz" in line(on).complaint
    assert any("called zzzz" in each for each in text_of(on.picture()))


def test_hostile_names_stand_in_it_as_text() -> None:
    """Attack 32: nothing of a name is markup, and none drives the terminal."""
    on = Course(Screen(), instances.idle(), lambda _: Look(now_ms=NOW_MS))
    on.take(instances.hostile())
    on.press("colon")
    put(on, "task")
    assert not [each for each in text_of(on.picture()) if "\x1b" in each]


@pytest.mark.parametrize("size", [(20, 5), (60, 15), (80, 24), (120, 40)])
@pytest.mark.parametrize("unicode", [True, False])
def test_it_fits_whatever_the_screen_and_the_names(size: tuple[int, int], unicode: bool) -> None:
    """Also while a longer line is typed, and where what is wrong with it has no line of its own."""
    on = Course(Screen(width=size[0], height=size[1]), instances.idle(), lambda _: Look(now_ms=NOW_MS, unicode=unicode))
    on.take(instances.hostile())
    for key, text in (("colon", "task"), ("slash", "日本" * 80), ("slash", "state:nosuch")):
        on.press(key)
        put(on, text)
        lines = text_of(on.picture())
        assert {width(each) for each in lines} == {size[0]}
        assert len(lines) == size[1]
        assert ("cannot read the query"[: size[0] - 1] in "\n".join(lines)) is (text == "state:nosuch")
        on.press("escape")
