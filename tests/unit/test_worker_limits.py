"""Time limits: each names one attempt, and meets nobody else."""

from __future__ import annotations

import math

from qctl.engine.limits import Due, Limits, Step


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


def test_no_limit_is_never_due() -> None:
    limits = Limits()
    limits.watch(("a", 1), Step.HARD, math.inf)

    assert limits.next_due() == math.inf
