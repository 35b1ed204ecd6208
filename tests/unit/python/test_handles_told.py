"""What handles of jobs in this process tell before anything has run, of what failed, and what a task may not ask."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from qctl import AsyncResult, chain, group, signature, task
from qctl.client import JobFailed
from qctl.errors import NotFound, WaitTimeout
from qctl.model.params import ParameterError
from qctl.model.state import Outcome
from qctl.python.handles import InsideAJob
from qctl.python.inline.desk import NothingRuns
from qctl.python.inline.instance import InlineQctl
from tests.unit.python.inline_tasks import add, fail, same, total, typed


def test_a_workflow_that_is_only_recorded_answers_every_question(recorded: InlineQctl) -> None:
    last = chain(add.s(1, 2), same.s()).delay()
    members = group(same.s(1), same.s(2)).delay()
    chord = (group(same.s(1), same.s(2)) | total.s()).delay()

    assert (last.state, last.ready(), last.outcome, last.parent.state) == ("PENDING", False, None, "PENDING")
    assert (members.completed_count(), members.ready(), members.failed(), len(members)) == (0, False, False, 2)
    assert (chord.parent.completed_count(), chord.workflow.state, chord.maybe_throw()) == (0, "PENDING", None)
    for handle in (last, members, chord):
        with pytest.raises(NothingRuns):
            handle.get()
    recorded.room.turns.work()
    assert (last.get(), members.get(), chord.get()) == (3, [1, 2], 3)


def test_what_is_revoked_before_its_turn_never_runs(recorded: InlineQctl) -> None:
    last = chain(add.s(1, 2), same.s(), same.s()).delay()
    other = chain(add.s(1, 2), same.s()).delay()

    assert last.parent.revoke() == "OK"
    assert other.workflow.revoke() == "OK"
    recorded.room.turns.work()
    assert (last.parent.parent.state, last.parent.state, last.outcome) == ("SUCCESS", "REVOKED", "skipped")
    assert (other.parent.state, other.state, other.parent.job.attempt) == ("REVOKED", "REVOKED", 0)


def test_how_a_job_ended_is_told_in_qctls_words_and_its_exception_is_known_by_its_class(inline: InlineQctl) -> None:
    job = fail.delay("way")

    with pytest.raises(JobFailed) as caught:
        job.maybe_throw()
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert (error.outcome, job.outcome) == (Outcome.FAILED, Outcome.FAILED)
        assert error.is_a(ValueError)
        assert error.is_a(Exception)
        assert not error.is_a(LookupError)
        assert error.is_a("ValueError")
    with pytest.raises(TypeError, match="takes a class of exceptions or its name, not 7"):
        caught.value.is_a(7)  # type: ignore[arg-type]
    assert type(job.maybe_throw(propagate=False)) is JobFailed


def test_a_group_throws_at_once_what_a_member_has_failed_with(inline: InlineQctl) -> None:
    members = group(same.s(1), fail.s("way")).delay()

    with pytest.raises(JobFailed, match="no way"):
        members.maybe_throw()
    assert group(same.s(1), same.s(2)).delay().maybe_throw() == [1, 2]
    assert add.apply_async((1, 2), link=add.s(10)).get_leaf() == 13


@task(name="told.applies")
def applies() -> Any:
    return same.apply(("here",)).get()


def test_a_task_that_apply_runs_cannot_wait_either() -> None:
    """As in a slot and in tests: what its job has submitted is never waited for. What it applies has ended."""
    assert applies.apply().get() == "here"
    with pytest.raises(InsideAJob):
        waits.apply().get()


@task(name="told.waits")
def waits() -> None:
    AsyncResult("somejob1").get()


@pytest.mark.usefixtures("inline")
def test_what_is_not_declared_is_told_in_words_for_a_program() -> None:
    with pytest.raises(NotFound) as caught:
        signature("inline.addd").delay()

    assert str(caught.value) == (
        "no task `inline.addd`: no tasks.toml was found, and no module that is imported here declares it, "
        "did you mean `inline.add`?"
    )
    assert caught.value.__notes__ == ["import that module, or name the tasks.toml: qctl.configure(file=…), QCTL_FILE"]


@pytest.mark.usefixtures("inline")
def test_a_wrong_value_tells_the_way_out_too() -> None:
    with pytest.raises(ParameterError) as caught:
        typed.delay("many")

    assert caught.value.__notes__ == ["qctl task show inline.typed"]


def test_a_traceback_tells_the_way_out_also_after_a_journey() -> None:
    error = pickle.loads(pickle.dumps(WaitTimeout(id="a", seconds="1s")))

    assert (str(error), error.__notes__) == ("a has not ended after 1s; it goes on", ["qctl wait a"])
