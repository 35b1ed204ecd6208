"""What becomes of an attempt that is over."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import pytest

from qctl.engine.settle import (
    COMPLETE,
    Charge,
    Counters,
    Ruling,
    Verb,
    Why,
    as_stopped,
    policy_for,
    record,
    settle,
    slot_death,
)
from qctl.model.attempt import Ended
from qctl.model.call import Call, Kind
from qctl.model.retry import RetryPolicy
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task

FAILED = Ended(outcome=Outcome.FAILED, reason=Reason.EXIT, exit_code=3)
CRASHED = slot_death(None, 9, oom=False)


def a_task(**keys: Any) -> Task:
    return Task(**{"name": "backup", "kind": Kind.RUN, "run": "true", "hash": "abc"} | keys)


def ruling(
    ended: Ended, task: Task | None = None, *, why: Why | None = None, left: float = math.inf, **counters: int
) -> Ruling:
    policy = task.retry if task else RetryPolicy()
    return settle(ended, task, policy, Counters(**counters), why, left, Random(1))


def test_success_completes_even_if_a_stop_was_on_its_way() -> None:
    succeeded = Ended(outcome=Outcome.SUCCEEDED)

    assert ruling(succeeded, a_task()) == COMPLETE
    assert ruling(as_stopped(succeeded, Why.CANCEL), a_task(), why=Why.CANCEL) == COMPLETE


def test_a_failure_is_retried_as_the_policy_says_and_then_buried() -> None:
    task = a_task(retry=RetryPolicy(limit=2, backoff=8, jitter=False))

    first, second, third = (ruling(FAILED, task, failures=spent) for spent in range(3))

    assert (first.verb, first.delay, first.charge) == (Verb.RETRY, 8, Charge.FAILURE)
    assert (second.verb, second.delay) == (Verb.RETRY, 16)
    assert (third.verb, third.outcome, third.reason) == (Verb.BURY, Outcome.FAILED, Reason.EXIT)


def test_no_retry_is_made_that_would_start_after_the_total_limit() -> None:
    task = a_task(retry=RetryPolicy(limit=2, backoff=8, jitter=False))

    assert ruling(FAILED, task, left=7.0).verb is Verb.BURY
    assert ruling(FAILED, task, left=9.0).verb is Verb.RETRY


def test_crashes_have_a_budget_of_their_own() -> None:
    """Fault 1, and 4.5: crashes are charged apart from failures, with backoff, and end in a burial."""
    task = a_task(max_crashes=3, retry=RetryPolicy(limit=0, backoff=8, jitter=False))

    rulings = [ruling(CRASHED, task, crashes=spent) for spent in range(3)]

    assert [(v.verb, v.charge) for v in rulings] == [
        (Verb.RETRY, Charge.CRASH),
        (Verb.RETRY, Charge.CRASH),
        (Verb.BURY, Charge.CRASH),
    ]
    assert [v.delay for v in rulings[:2]] == [8, 16]
    assert (rulings[2].outcome, rulings[2].reason) == (Outcome.FAILED, Reason.CRASHED)


def test_a_task_that_must_not_run_twice_is_buried_at_its_first_crash() -> None:
    buried = ruling(CRASHED, a_task(redeliver=False))

    assert (buried.verb, buried.reason, buried.because) == (Verb.BURY, Reason.CRASHED, "redeliver = false")


def test_an_exit_without_a_word_is_a_crash_whatever_its_code() -> None:
    """Fault 12."""
    ended = slot_death(0, None, oom=False)

    assert (ended.outcome, ended.reason, ended.exit_code) == (Outcome.FAILED, Reason.CRASHED, 0)


def test_a_slot_that_ran_out_of_memory_is_named_so_and_counts_as_a_crash() -> None:
    """Fault 14."""
    ended = slot_death(None, 9, oom=True)

    assert ended.reason is Reason.OOM
    assert ruling(ended, a_task()).charge is Charge.CRASH


@pytest.mark.parametrize("why", [Why.RELEASE, Why.LOST])
@pytest.mark.parametrize("ended", [FAILED, CRASHED])
def test_what_a_stopping_worker_cut_off_is_released_and_charged_nothing(why: Why, ended: Ended) -> None:
    """Fault 6."""
    released = ruling(as_stopped(ended, why), a_task(), why=why)

    assert (released.verb, released.charge) == (Verb.RELEASE, Charge.NOTHING)


def test_a_job_killed_at_its_limit_has_timed_out_and_did_not_crash() -> None:
    """Fault 16, P17."""
    ended = as_stopped(CRASHED, Why.TIMEOUT)
    task = a_task(retry=RetryPolicy(limit=1, only=("timeout",), jitter=False))

    assert (ended.outcome, ended.reason, ended.signal) == (Outcome.TIMEOUT, Reason.TIMEOUT, 9)
    assert ruling(ended, task, why=Why.TIMEOUT).charge is Charge.FAILURE
    assert ruling(ended, task, why=Why.TIMEOUT).verb is Verb.RETRY
    assert ruling(ended, task, why=Why.TIMEOUT, failures=1).outcome is Outcome.TIMEOUT


def test_a_cancelled_job_is_buried_as_cancelled_and_never_retried() -> None:
    task = a_task(retry=RetryPolicy(limit=5))

    buried = ruling(as_stopped(FAILED, Why.CANCEL), task, why=Why.CANCEL)

    assert (buried.verb, buried.outcome, buried.reason) == (Verb.BURY, Outcome.CANCELLED, Reason.BY_USER)
    assert buried.charge is Charge.NOTHING


def test_a_job_whose_task_is_not_here_is_offered_again_later_and_charged_nothing() -> None:
    """Fault 77."""
    unknown = Ended(outcome=Outcome.FAILED, reason=Reason.UNKNOWN_TASK)

    waits = ruling(unknown, None)

    assert (waits.verb, waits.charge) == (Verb.RETRY, Charge.NOTHING)
    assert waits.delay > 0


def test_the_retries_of_the_call_beat_those_of_the_task() -> None:
    task = a_task(retry=RetryPolicy(limit=5))

    assert policy_for(task, Call(task="backup", retries=1).encode()).limit == 1
    assert policy_for(task, Call(task="backup").encode()).limit == 5
    assert policy_for(task, b'{"retries": nonsense').limit == 5


def test_a_record_never_ends_before_it_started_and_bears_the_definition_that_ran() -> None:
    attempt = record(
        FAILED, COMPLETE, number=2, worker="web1.1", started_ms=2000, ended_ms=1990, task=a_task(), tries=4
    )

    assert (attempt.started_ms, attempt.ended_ms) == (2000, 2000)
    assert (attempt.hash, attempt.max_attempts, attempt.exit_code) == ("abc", 4, 3)
