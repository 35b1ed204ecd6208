"""`retry(exc=…)`: what an attempt failed with when its task asks for another, and how often it may ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from qctl import current, task
from qctl.engine.processes.classify import of_call
from qctl.engine.processes.python_task import Called
from qctl.engine.processes.reports import pack_ended, unpack_ended
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.retry import Again, GiveUp, RetryPolicy
from qctl.model.retrying import decide
from qctl.model.task import Task

TASK = Task(name="t", kind=Kind.CALL, call="m:f")
DICE = Random(1)


def ended(error: BaseException) -> tuple[Ended, str]:
    """How an attempt ends that raises this, as the worker's parent reads it, and what is printed."""
    told, text = of_call(TASK, Called(error=error), None)
    return unpack_ended(pack_ended(told)), text


def test_the_original_exception_is_what_the_attempt_failed_with() -> None:
    """C98 retry: FAILURE at the end with the original exception."""
    told, text = ended(current.retry(exc=ConnectionError("no route")))
    assert told.error is not None
    assert (told.error.type, told.error.message) == ("ConnectionError", "no route")
    assert text == "ConnectionError: no route\n"


def test_the_exception_that_is_being_handled_is_meant_where_none_is_given() -> None:
    try:
        try:
            raise ValueError("odd")
        except ValueError:
            raise current.retry(countdown=3)  # noqa: B904 - as users write it
    except current.Retry as asked:
        told, text = ended(asked)
    assert told.error is not None
    assert told.error.type == "ValueError"
    assert told.retry_after == 3
    assert text.startswith("Traceback")


def test_a_message_says_more_than_what_is_being_handled() -> None:
    try:
        raise ValueError("odd")
    except ValueError:
        told, text = ended(current.retry(message="the mirror is down"))
    assert told.error is not None
    assert told.error.message == "the mirror is down"
    assert text == "Retry: the mirror is down\n"


def test_a_task_that_asks_is_tried_again_whatever_it_retries_on() -> None:
    policy = RetryPolicy(limit=1, only=("TimeoutError",))
    assert isinstance(decide(policy, ended(current.retry(exc=ValueError()))[0], 1, DICE), Again)
    assert isinstance(decide(policy, ended(ValueError())[0], 1, DICE), GiveUp)


def test_a_failure_that_is_final_is_so_for_who_asks_too() -> None:
    policy = RetryPolicy(limit=1, never=("ValueError",))
    assert isinstance(decide(policy, ended(current.retry(exc=ValueError()))[0], 1, DICE), GiveUp)


@pytest.mark.parametrize(("limit", "own", "failures", "again"), [(0, 2, 2, True), (0, 2, 3, False), (5, 0, 1, False)])
def test_the_limit_that_it_asks_for_holds_in_place_of_the_tasks(
    limit: int, own: int, failures: int, *, again: bool
) -> None:
    told, _ = ended(current.retry(max_retries=own))
    assert isinstance(decide(RetryPolicy(limit=limit), told, failures, DICE), Again) is again


@pytest.mark.parametrize("wrong", [-1, 1.5, "3"])
def test_a_limit_that_is_none_is_refused_where_it_is_written(wrong: object) -> None:
    with pytest.raises(ValueError, match="max_retries"):
        current.retry(max_retries=wrong)  # type: ignore[arg-type]


@task(bind=True)
def bound(self: Any) -> Any:
    return self


@task(bind=True, max_retries=5, default_retry_delay=7, rate_limit="10/m", ignore_result=True)
def spoken(self: Any) -> Any:
    return self


@pytest.fixture
def in_a_job(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make this process look as if a job ran in it, in this attempt."""

    def be(attempt: int) -> None:
        monkeypatch.setenv("QCTL_JOB_ID", "w.2")
        monkeypatch.setenv("QCTL_ATTEMPT", str(attempt))

    be(1)
    return be


def test_a_task_that_says_no_number_is_tried_again_three_times_by_self_retry(in_a_job: Callable[[int], None]) -> None:
    """As Celery has it; what the task, [defaults] or the call say holds in its place."""
    with pytest.raises(current.Retry) as asked:
        bound().retry(exc=ValueError("x"))
    told, _ = of_call(TASK, Called(error=asked.value), None)
    assert told.retries == 3
    assert of_call(TASK, Called(error=asked.value), None, retries=5)[0].retries is None
    more = replace(TASK, retry=RetryPolicy(limit=9))
    assert of_call(more, Called(error=asked.value), None)[0].retries is None
    with pytest.raises(current.Retry) as asked:
        spoken().retry(exc=ValueError("x"))
    assert of_call(TASK, Called(error=asked.value), None)[0].retries is None


def test_who_has_no_retry_left_is_told_where_it_asks(in_a_job: Callable[[int], None]) -> None:
    in_a_job(4)
    with pytest.raises(bound().MaxRetriesExceededError):
        bound().retry()
    in_a_job(3)
    with pytest.raises(current.Retry):
        bound().retry()
    with pytest.raises(bound.MaxRetriesExceededError):
        bound().retry(max_retries=2)


def test_the_retries_of_the_call_win_over_the_task_s_and_over_the_usual_three(
    in_a_job: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`apply_async(retries=5)`, and `[tasks."…"] retries` over what the decorator says: one rule wherever one asks."""
    for asked in (bound, spoken):
        monkeypatch.setenv("QCTL_TASK", asked.name)
        for said, most in [((6,), 6), ((0,), 0), ((None,), None)]:
            current.begin_in_slot(lambda _: None, None, said)
            assert (asked().max_retries, asked.max_retries) == (most, most)
            in_a_job(7)
            if most is None:
                with pytest.raises(current.Retry):
                    asked().retry()
            else:
                with pytest.raises(current.MaxRetriesExceededError):
                    asked().retry()
            in_a_job((most or 5) if most != 0 else 1)
            with pytest.raises(current.MaxRetriesExceededError if most == 0 else current.Retry):
                asked().retry()
            current.end_in_slot()
    current.begin_in_slot(lambda _: None, None, (6,))
    assert bound.max_retries == 3, "the limit of one job is not that of another task"
    current.end_in_slot()
    assert spoken.max_retries == 5


def test_a_retry_may_be_answered_and_may_say_a_date(in_a_job: Callable[[int], None]) -> None:
    asked = bound().retry(throw=False, eta=datetime.now(UTC) + timedelta(hours=1))
    assert isinstance(asked, current.Retry)
    assert 3500 < (asked.countdown or 0) <= 3600
    assert bound().retry(throw=False, eta=datetime(2001, 1, 1)).countdown == 0


@pytest.mark.parametrize("other", [{"args": (1,)}, {"kwargs": {}}, {"queue": "slow"}, {"priority": 3}])
def test_a_retry_that_would_be_another_job_is_refused(in_a_job: Callable[[int], None], other: Any) -> None:
    with pytest.raises(TypeError, match=rf"takes no {next(iter(other))}: a job is tried again as it is"):
        bound().retry(**other)


def test_what_ported_tasks_look_up_is_there(in_a_job: Callable[[int], None]) -> None:
    assert (spoken.max_retries, spoken.default_retry_delay, spoken.ignore_result) == (5, 7, True)
    assert (spoken.rate_limit, spoken().max_retries, bound().max_retries, bound.ignore_result) == ("10/m", 5, 3, False)
    request = bound().request
    assert (request.id, request.correlation_id, request.root_id) == ("w.2", "w.2", "w")
    assert (request.chord, request.eta, request.expires, request.group) == (None, None, None, None)
    assert (bound.request.id, bound.AsyncResult("abc").id) == ("w.2", "abc")
    assert bound.subtask().task == bound.name
    assert bound.run().request.id == "w.2"
    with pytest.raises(current.Retry):
        bound.retry(exc=ValueError("x"))
