"""`retry(exc=…)`: what an attempt failed with when its task asks for another, and how often it may ask."""

from __future__ import annotations

from random import Random

import pytest

from qctl import current
from qctl.engine.processes.classify import of_call
from qctl.engine.processes.python_task import Called
from qctl.engine.processes.reports import pack_ended, unpack_ended
from qctl.model.attempt import Ended
from qctl.model.call import Kind
from qctl.model.retry import Again, GiveUp, RetryPolicy
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
    assert isinstance(policy.decide(ended(current.retry(exc=ValueError()))[0], 1, DICE), Again)
    assert isinstance(policy.decide(ended(ValueError())[0], 1, DICE), GiveUp)


def test_a_failure_that_is_final_is_so_for_who_asks_too() -> None:
    policy = RetryPolicy(limit=1, never=("ValueError",))
    assert isinstance(policy.decide(ended(current.retry(exc=ValueError()))[0], 1, DICE), GiveUp)


@pytest.mark.parametrize(("limit", "own", "failures", "again"), [(0, 2, 2, True), (0, 2, 3, False), (5, 0, 1, False)])
def test_the_limit_that_it_asks_for_holds_in_place_of_the_tasks(
    limit: int, own: int, failures: int, *, again: bool
) -> None:
    told, _ = ended(current.retry(max_retries=own))
    assert isinstance(RetryPolicy(limit=limit).decide(told, failures, DICE), Again) is again


@pytest.mark.parametrize("wrong", [-1, 1.5, "3"])
def test_a_limit_that_is_none_is_refused_where_it_is_written(wrong: object) -> None:
    with pytest.raises(ValueError, match="max_retries"):
        current.retry(max_retries=wrong)  # type: ignore[arg-type]
