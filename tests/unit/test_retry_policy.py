"""Whether a failed attempt is tried again, and when: a table, and what holds for every policy."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qctl.model.ended import Ended
from qctl.model.retry import Again, GiveUp, RetryPolicy
from qctl.model.retrying import decide
from qctl.model.state import Outcome, Reason

STEADY = RetryPolicy(limit=3, jitter=False)


def failed(**facts: object) -> Ended:
    return Ended(outcome=Outcome.FAILED, **({"reason": Reason.EXIT, "exit_code": 1} | facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(("failures", "delay"), [(1, 30), (2, 60), (3, 120)])
def test_the_wait_doubles_with_every_failure(failures: int, delay: float) -> None:
    assert decide(STEADY, failed(), failures, Random(1)) == Again(delay)


def test_the_wait_never_grows_past_its_ceiling() -> None:
    policy = RetryPolicy(limit=None, backoff=30, ceiling=600, jitter=False)
    assert decide(policy, failed(), 10_000, Random(1)) == Again(600)


def test_a_task_cannot_ask_for_a_time_that_no_date_can_say() -> None:
    assert decide(STEADY, failed(retry_after=1e300), 1, Random(1)) == Again(36500 * 86400)


def test_the_limit_counts_tries_after_the_first() -> None:
    assert isinstance(decide(STEADY, failed(), 3, Random(1)), Again)
    assert isinstance(decide(STEADY, failed(), 4, Random(1)), GiveUp)
    assert isinstance(decide(RetryPolicy(), failed(), 1, Random(1)), GiveUp)


@pytest.mark.parametrize(("limit", "said"), [(0, "tried 1 time"), (1, "tried 2 times")])
def test_who_gives_up_says_how_often_it_was_tried(limit: int, said: str) -> None:
    assert decide(RetryPolicy(limit=limit), failed(), limit + 1, Random(1)) == GiveUp(said)


@pytest.mark.parametrize(
    ("ended", "only", "never", "again"),
    [
        (failed(exit_code=75), ("exit:75",), (), True),
        (failed(exit_code=1), ("exit:75",), (), False),
        (failed(exit_code=75), (), ("exit:75",), False),
        (failed(exit_code=None, signal=9, reason=Reason.SIGNAL), ("signal:KILL",), (), True),
        (failed(error_names=("TimeoutError", "OSError", "Exception")), ("OSError",), (), True),
        (failed(error_names=("KeyError", "LookupError")), ("OSError",), (), False),
        (Ended(outcome=Outcome.TIMEOUT, reason=Reason.TIMEOUT), (), (), True),
        (Ended(outcome=Outcome.TIMEOUT, reason=Reason.TIMEOUT), ("exit:1",), (), False),
        (Ended(outcome=Outcome.TIMEOUT, reason=Reason.TIMEOUT), ("timeout",), (), True),
        (Ended(outcome=Outcome.CANCELLED, reason=Reason.BY_USER), (), (), False),
        (failed(reason=Reason.NOT_STARTED, exit_code=127), (), (), False),
        (failed(reason=Reason.NOT_STARTED, exit_code=127), ("exit:127",), (), True),
        (failed(reason=Reason.EXIT, exit_code=127), (), (), True),
        (failed(reason=Reason.RESULT_REJECTED), (), (), False),
    ],
)
def test_retry_on_and_no_retry_on_choose_the_failures(
    ended: Ended, only: tuple[str, ...], never: tuple[str, ...], again: bool
) -> None:
    """reference.md: any failure and timeout, never 126 and 127 of our own exec (fault 22)."""
    policy = RetryPolicy(limit=1, only=only, never=never)
    assert isinstance(decide(policy, ended, 1, Random(1)), Again) is again


def test_a_time_that_the_task_asked_for_wins_over_the_backoff_and_costs_a_try() -> None:
    assert decide(STEADY, failed(retry_after=5.0), 1, Random(1)) == Again(5.0)
    assert isinstance(decide(STEADY, failed(retry_after=5.0), 4, Random(1)), GiveUp)
    assert isinstance(decide(RetryPolicy(limit=1, never=("exit:1",)), failed(retry_after=5.0), 1, Random(1)), GiveUp)


@given(
    failures=st.integers(1, 200),
    backoff=st.floats(0.001, 1e6),
    ceiling=st.floats(0.001, 1e6),
    seed=st.integers(0, 2**32),
)
def test_jitter_shortens_by_half_at_most_and_never_lengthens(
    failures: int, backoff: float, ceiling: float, seed: int
) -> None:
    steady = RetryPolicy(limit=None, backoff=backoff, ceiling=ceiling, jitter=False)
    jittered = RetryPolicy(limit=None, backoff=backoff, ceiling=ceiling)
    full = steady.delay(failures, Random(seed))
    assert full <= ceiling
    assert full / 2 <= jittered.delay(failures, Random(seed)) <= full
