"""Time limits: each names one attempt, and meets nobody else."""

from __future__ import annotations

import math

from qctl.engine.limits import LEFT, Due, Limits, Step


def test_limits_fall_due_in_order_and_once() -> None:
    limits = Limits()
    limits.watch(("a", 1), Step.HARD, 10.0)
    limits.watch(("a", 1), Step.SOFT, 5.0)
    limits.watch(("b", 1), Step.HARD, 7.0)

    assert limits.next_due() == 5.0
    assert list(limits.run_once(8.0)) == [Due(("a", 1), Step.SOFT), Due(("b", 1), Step.HARD)]
    assert list(limits.run_once(8.0)) == []
    assert limits.next_due() == 10.0


def test_the_limit_of_an_attempt_that_ended_does_not_meet_the_next_attempt_of_that_job() -> None:
    limits = Limits()
    limits.watch(("a", 1), Step.HARD, 10.0)
    limits.forget(("a", 1))
    limits.watch(("a", 2), Step.HARD, 20.0)

    assert list(limits.run_once(15.0)) == []
    assert list(limits.run_once(20.0)) == [Due(("a", 2), Step.HARD)]


def test_limits_that_lie_a_day_ahead_keep_no_memory_of_attempts_that_are_over() -> None:
    """A hundred jobs a second, each with two limits that it never meets; one goes on for ever."""
    limits = Limits()
    limits.watch(("lasts", 1), Step.HARD, 100_000.0)
    most = 0
    for number in range(20_000):
        key = (f"job{number}", 1)
        limits.watch(key, Step.SOFT, number / 100 + 50.0)
        limits.watch(key, Step.HARD, number / 100 + 86_400.0)
        list(limits.run_once(number / 100))
        limits.forget(key)
        most = max(most, len(limits._heap))

    assert most <= LEFT + 3
    assert list(limits.run_once(90_000.0)) == []
    assert list(limits.run_once(100_000.0)) == [Due(("lasts", 1), Step.HARD)]


def test_no_limit_is_never_due() -> None:
    limits = Limits()
    limits.watch(("a", 1), Step.HARD, math.inf)

    assert limits.next_due() == math.inf
