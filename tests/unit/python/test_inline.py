"""Jobs and workflows that run in this process: as workers would run them, and none of their times is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from qctl import GroupResult, chain, chord, group
from qctl.client import JobFailed
from qctl.python.inline.instance import InlineQctl
from tests.unit.python import inline_tasks
from tests.unit.python.inline_tasks import add, fail, same, total

pytestmark = pytest.mark.usefixtures("inline")


def test_a_job_has_ended_when_the_call_that_submits_it_returns() -> None:
    job = add.delay(2, 3)

    assert (job.get(), job.state, job.ready(), job.successful(), job.failed()) == (5, "SUCCESS", True, True, False)
    assert (job.name, job.kwargs, job.retries, job.traceback) == ("inline.add", {"x": 2, "y": 3}, 0, None)


def test_a_failed_job_shows_the_traceback_of_its_own_code_to_whoever_waits_for_it() -> None:
    job = fail.delay("way")

    with pytest.raises(JobFailed, match="ValueError: no way") as caught:
        job.get()
    assert (job.state, caught.value.type, caught.value.message) == ("FAILURE", "ValueError", "no way")
    assert job.traceback is not None
    assert f'File "{inline_tasks.__file__}"' in job.traceback
    assert job.traceback.strip() in caught.value.__notes__[0]
    assert "qctl/python/inline" not in job.traceback, "frames of qctl itself say nothing"


@pytest.mark.parametrize(
    ("work", "value"),
    [
        (add.s(4, 4) | add.s(8) | add.s(16), 32),
        (add.si(1, 1) | add.si(2, 2), 4),
        (same.s(None) | same.s(), None),
        (same.s((1, 2)) | same.s(), [1, 2]),
        (group(add.s(i, i) for i in range(4)), [0, 2, 4, 6]),
        (group(), []),
        (group(same.s(1), group(same.s(2), same.s(3))), [1, 2, 3]),
        (group(same.s(1), chain(same.s(2), group(add.s(1), add.s(2)))), [1, [3, 4]]),
        (chord([add.s(1, 2), add.s(3, 4)], total.s()), 10),
        (chord([], total.s()), 0),
        (add.s(1, 1) | group(add.s(1), add.s(2)) | total.s() | add.s(1), 8),
        (group(same.s(1), same.s(2)) | group(same.s(), same.s()), [[1, 2], [1, 2]]),
        (same.map([1, 2]), [1, 2]),
        (add.starmap([(1, 2), (3, 4)]), [3, 7]),
        (add.chunks(zip(range(4), range(4), strict=True), 3).group(), [[0, 2, 4], [6]]),
        (inline_tasks.unheard.s(3) | same.s(), 3),
        (inline_tasks.awaits.s(4), 8),
    ],
    ids=lambda case: repr(case) if not isinstance(case, int | list) else "",
)
def test_values_pass_on_as_in_any_workflow(work: Any, value: Any) -> None:
    """C01, C06-C08, C24, C28-C32, C45-C54."""
    assert work.delay().get() == value


def test_the_handles_of_a_workflow_walk_it_in_both_directions() -> None:
    """C11."""
    last = (add.s(1, 2) | group(add.s(1), add.s(2)) | total.s()).delay()

    assert isinstance(last.parent, GroupResult)
    assert [one.get() for one in last.parent.results] == [4, 5]
    first = last.parent.parent
    assert first is not None
    assert (first.get(), last.parent.completed_count(), first.children) == (3, 2, [last.parent])
    assert (last.workflow.state, last.workflow.get(), last.workflow.job.call.task) == ("SUCCESS", 9, "pipeline")


def test_what_comes_after_a_failure_is_skipped_and_raises_it() -> None:
    """C15, C16, C36, C37."""
    last = (add.s(1, 1) | fail.s() | same.s()).delay()
    members = group(same.s(1), fail.s(), same.s(3)).delay()

    assert (last.state, last.job.outcome, last.job.upstream) == ("FAILURE", "skipped", last.parent.id)
    with pytest.raises(JobFailed, match="no 2"):
        last.get()
    with pytest.raises(JobFailed, match="no None"):
        members.get()
    one, error, three = members.get(propagate=False)
    assert (one, three, error.type, members.completed_count(), members.failed()) == (1, 3, "ValueError", 2, True)


def test_callbacks_run_once_with_the_value_or_the_error_record(inline: InlineQctl) -> None:
    """C38, C87, C90."""
    fail.apply_async(("x",), link=same.s(), link_error=same.s())
    told = [job for job in inline.room.book.everything() if job.call.task == "inline.same"]
    values = [inline.asked.value(job.id) for job in told if job.outcome == "succeeded"]

    assert len(values) == 1
    assert values[0] is not None
    assert b'"message":"no x"' in values[0].data


def test_tolerance_handlers_and_policies_hold() -> None:
    """`a?`, `a | h!`, any, settled and max_fail."""
    assert (fail.s().set(tolerant=True) | same.s()).delay().get() is None
    handled = (fail.s("x") | same.s().set(handler=True) | same.s()).delay().get()
    assert handled["failed"][0]["error"]["message"] == "no x"
    assert group(fail.s(), same.s(2), same.s(3), policy="any").delay().get() == 2
    settled = group(fail.s(), same.s(2), policy="settled").delay().get()
    assert [(one["ok"], one["value"]) for one in settled] == [(False, None), (True, 2)]
    assert group(fail.s(), same.s(2), max_fail=1).delay().get() == [None, 2]


def test_a_group_that_fails_fast_cancels_what_has_not_run() -> None:
    """C80."""
    members = group(same.s(1), fail.s(), same.s(3), fail_fast=True).delay()

    assert [one.state for one in members.results] == ["SUCCESS", "FAILURE", "REVOKED"]


def test_a_task_that_stops_lets_the_rest_be_skipped() -> None:
    """C17, C18."""
    last = (inline_tasks.stops.s() | same.s()).delay()

    assert (last.parent.job.outcome, last.job.outcome, last.job.reason) == ("skipped", "skipped", "stopped")
    assert last.state == "REVOKED"


def test_a_task_that_stands_aside_has_the_value_of_what_runs_in_its_place() -> None:
    """C94."""
    assert (inline_tasks.stands_aside.s(4) | total.s()).delay().get() == 40
    assert group(same.s(1), inline_tasks.stands_aside.s(1)).delay().get() == [1, [12, 22]]


def test_members_that_a_job_adds_to_its_group_are_waited_for() -> None:
    """C75, rule 9."""
    assert (group(inline_tasks.brings_more.s(1), same.s(5)) | total.s()).delay().get() == 1 + 5 + 2 + 3
