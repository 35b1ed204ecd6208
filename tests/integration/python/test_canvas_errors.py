"""What becomes of chains, groups and chords when a part fails or is revoked, and which callbacks run, by number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qctl import AsyncResult, GroupResult, chain, chord, group
from qctl.client import JobFailed
from qctl.errors import NoSuchJob, WaitTimeout
from qctl.python.canvas import Group
from tests.integration.python import tasks
from tests.integration.python.conftest import Site
from tests.integration.python.tasks import add, identity, marked, raising, third_time, told
from tests.support import eventually

SOON = 15.0  #: seconds that anything here may take


def value(composed: Any, *args: Any, **kwargs: Any) -> Any:
    return composed.delay(*args, **kwargs).get(SOON)


def test_a_failure_in_the_middle_is_what_waiting_on_the_tail_raises(site: Site) -> None:
    """C15, C16."""
    last = (identity.s(1) | raising.si("in the middle") | marked.si("never")).delay()
    with pytest.raises(JobFailed, match="in the middle") as failed:
        last.get(SOON)
    assert (failed.value.type, failed.value.facts["id"]) == ("ValueError", last.parent.id)
    assert (last.state, last.job.outcome, last.parent.state) == ("FAILURE", "skipped", "FAILURE")
    assert last.traceback == last.workflow.traceback == last.parent.traceback == last.result.traceback
    assert "in the middle" in last.traceback
    assert site.record == []


def test_a_soft_limit_that_nobody_handles_is_known_by_its_name(site: Site) -> None:
    with pytest.raises(JobFailed) as failed:
        tasks.lingering.delay().get(SOON)
    assert failed.value.is_a("SoftTimeLimitExceeded")
    assert failed.value.facts["outcome"] == "timeout"
    told = failed.value.traceback or ""
    assert [line.split(", ")[2] for line in told.splitlines() if line.startswith("  File")] == ["in lingering"]


def test_a_group_with_a_failing_member_tells_all_of_them(site: Site) -> None:
    """C36, C37."""
    members = group(identity.s(1), raising.s("two"), identity.s(3)).delay()
    assert isinstance(members, GroupResult)
    with pytest.raises(JobFailed, match="two"):
        members.get(SOON)
    one, two, three = members.join(SOON, propagate=False)
    assert (one, three, type(two)) == (1, 3, JobFailed)
    assert (members.ready(), members.failed(), members.successful(), members.completed_count()) == (
        True,
        True,
        False,
        2,
    )


def test_a_group_may_be_done_at_the_first_success_or_when_all_are_final(site: Site) -> None:
    any_of = group([raising.s("no"), identity.s("yes")], policy="any").delay()
    assert any_of.get(SOON) == "yes"
    settled = value(group([identity.s(1), raising.s("no")], policy="settled") | identity.s())
    assert settled[0] == {"ok": True, "value": 1, "error": None}
    assert (settled[1]["ok"], settled[1]["error"]["type"]) == (False, "ValueError")


def test_waiting_for_a_group_ends_as_soon_as_any_member_has_failed(site: Site, tmp_path: Path) -> None:
    until = tmp_path / "until"
    members = group(tasks.held.s(str(until)), raising.s("at once")).delay()
    with pytest.raises(JobFailed, match="at once"):
        members.get(SOON)
    assert not members.ready()
    with pytest.raises(WaitTimeout, match=rf"{members.id} has not ended after 0.05s"):
        members.get(0.05, propagate=False)
    until.touch()
    assert members.join(SOON, propagate=False)[0] == "held"


def test_a_group_of_an_id_that_there_is_not_is_told_and_never_taken_for_an_empty_one(site: Site) -> None:
    members = group(identity.s(1), identity.s(2)).delay()
    assert GroupResult(members.workflow.id).get(SOON) == GroupResult(members.id).get(SOON) == [1, 2]
    assert len(GroupResult.restore(members.workflow.id)) == 2
    lone = identity.delay(3)
    for unknown in ("nopenope.g1", "nopenope", f"{members.workflow.id}.g9", f"{members.workflow.id}.1", lone.id):
        for ask in (GroupResult.get, GroupResult.ready, GroupResult.successful, len, GroupResult.revoke):
            with pytest.raises(NoSuchJob, match=f"no group {unknown}"):
                ask(GroupResult(unknown))


def test_a_link_runs_once_with_the_value_and_an_errback_does_not(site: Site) -> None:
    """C90, C89, and the reverse."""
    went_well = third_time.apply_async(link=add.s(10), link_error=told.s("never"))
    assert went_well.get(SOON) == 3
    (linked,) = went_well.children
    assert linked.get(SOON) == 13
    failed = raising.apply_async(("oh",), link=marked.si("never"), link_error=told.s("errback"))
    failed.get(SOON, propagate=False)
    failed.workflow.get(SOON, propagate=False)
    assert site.record == ["try", "try", "try", "errback ValueError"]


def test_links_of_chains_and_members_each_run(site: Site) -> None:
    """C41, C92, C93, C38."""
    inner = marked.s("a") | marked.si("b")
    inner.link(marked.si("linked"))
    chain(inner, marked.si("c")).delay().workflow.get(SOON)
    assert sorted(site.record) == ["a", "b", "c", "linked"]
    members = group(marked.s("d"), marked.s("e"))
    members.link(tasks.identity.s())
    members.link(marked.si("whole"))
    members.delay().workflow.get(SOON)
    assert sorted(site.record[4:]) == ["d", "e", "whole"]


def test_an_errback_of_a_whole_runs_once_however_many_fail(site: Site) -> None:
    """C40, C83, C79, C80."""
    header = [raising.s("one"), raising.s("two"), marked.s("goes on")]
    body = chord(header, marked.si("never")).on_error(told.s("once")).delay()
    with pytest.raises(JobFailed, match=r"ValueError: (one|two)"):
        body.get(SOON)
    body.workflow.get(SOON, propagate=False)
    assert sorted(site.record) == ["goes on", "once ValueError"]


def test_an_errback_of_each_member_runs_for_each_that_fails(site: Site) -> None:
    """C40 with `each`."""
    members = group(raising.s("one"), marked.s("fine"), raising.s("three"))
    members.link_error(told.s("each"), each=True)
    members.delay().workflow.get(SOON, propagate=False)
    assert sorted(site.record) == ["each ValueError", "each ValueError", "fine"]


def test_an_immutable_errback_is_told_nothing(site: Site) -> None:
    """C88."""
    raising.apply_async(("oh",), link_error=marked.si("called")).workflow.get(SOON, propagate=False)
    assert site.record == ["called"]


def test_a_revoked_group_is_over_and_what_follows_never_runs(site: Site, tmp_path: Path) -> None:
    """C42, C97."""
    never = str(tmp_path / "never")
    body = chord([tasks.held.s(never), tasks.held.s(never)], marked.si("never")).delay()
    eventually(lambda: {member.state for member in body.parent} == {"STARTED"}, within=SOON)
    body.parent.revoke()
    with pytest.raises(JobFailed):
        body.get(SOON)
    assert ({member.state for member in body.parent}, body.state) == ({"REVOKED"}, "REVOKED")
    assert site.record == []


def test_a_revoked_workflow_takes_everything_with_it(site: Site, tmp_path: Path) -> None:
    """Rule 8, C96."""
    last = (tasks.held.s(str(tmp_path / "never")) | marked.si("never")).delay()
    eventually(lambda: last.parent.state == "STARTED", within=SOON)
    last.workflow.revoke(signal="SIGKILL", wait=True, timeout=1)
    with pytest.raises(JobFailed):
        last.get(SOON)
    assert (last.parent.state, last.state) == ("REVOKED", "REVOKED")


def test_a_generator_that_breaks_takes_its_workflow_with_it(site: Site) -> None:
    """However far it was: that all members so far have succeeded is not what was asked for."""

    def members() -> Iterator[Any]:
        yield from (identity.si(number) for number in range(599))
        yield marked.s("sent")
        eventually(lambda: all(job.ended for job in of_the_first_batch()), within=SOON)
        raise RuntimeError("the list of paths ends here")

    def of_the_first_batch() -> list[Any]:
        return site.qctl.client.reading.jobs([f"broken-feed.{number}" for number in range(1, 501)])

    lazy = Group(members())
    lazy.set(task_id="broken-feed")
    with pytest.raises(RuntimeError, match="the list of paths"):
        lazy.delay()
    workflow = AsyncResult("broken-feed")
    workflow.get(SOON, propagate=False)
    assert workflow.state == "REVOKED"


def test_a_job_that_was_sent_by_name_fails_with_all_that_is_known_of_it(site: Site) -> None:
    """One handle or the other, the error is the same."""
    sent = site.qctl.send(f"{tasks.HERE}.raising", {"message": "oh"})
    with pytest.raises(JobFailed) as failed:
        sent.get(SOON)
    assert (failed.value.type, failed.value.message) == ("ValueError", "oh")
    assert "raise ValueError(message)" in str(failed.value.traceback)
    skipped = (raising.si("before") | identity.s()).delay()
    with pytest.raises(JobFailed, match="before"):
        site.qctl.job(skipped.id).get(SOON)
