"""What becomes of an attempt that is over."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from qctl.engine.settle import (
    COMPLETE,
    Charge,
    Counters,
    Ruling,
    Verb,
    as_oom,
    policy_for,
    record,
    settle,
)
from qctl.model.attempt import Attempt
from qctl.model.call import Call, Kind
from qctl.model.ended import Ended, LogSummary
from qctl.model.retry import RetryPolicy
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task

FAILED = Ended(outcome=Outcome.FAILED, reason=Reason.EXIT, exit_code=3)
CRASHED = Ended(outcome=Outcome.FAILED, reason=Reason.CRASHED, signal=9)


def a_task(**keys: Any) -> Task:
    return Task(**{"name": "backup", "kind": Kind.RUN, "run": "true", "hash": "abc"} | keys)


def ruling(ended: Ended, task: Task | None = None, *, left: float = math.inf, **counters: int) -> Ruling:
    policy = task.retry if task else RetryPolicy()
    return settle(ended, task, policy, Counters(**counters), left, Random(1))


def test_success_completes() -> None:
    assert ruling(Ended(outcome=Outcome.SUCCEEDED), a_task()) == COMPLETE


def test_a_failure_is_retried_as_the_policy_says_and_then_buried() -> None:
    task = a_task(retry=RetryPolicy(limit=2, backoff=8, jitter=False))

    first, second, third = (ruling(FAILED, task, failures=spent) for spent in range(3))

    assert (first.verb, first.delay, first.charge) == (Verb.RETRY, 8, Charge.FAILURE)
    assert (second.verb, second.delay) == (Verb.RETRY, 16)
    assert (third.verb, third.outcome, third.reason) == (Verb.BURY, Outcome.FAILED, Reason.EXIT)


def test_no_retry_is_made_that_would_start_after_the_total_limit() -> None:
    """P19: the limit over all attempts is a key of its own."""
    task = a_task(retry=RetryPolicy(limit=2, backoff=8, jitter=False))

    assert ruling(FAILED, task, left=7.0).verb is Verb.BURY
    assert ruling(FAILED, task, left=9.0).verb is Verb.RETRY


def test_crashes_have_a_budget_of_their_own() -> None:
    """Fault 1: crashes are charged apart from failures, with backoff, and end in a burial."""
    task = a_task(max_crashes=3, retry=RetryPolicy(limit=0, backoff=8, jitter=False))

    rulings = [ruling(CRASHED, task, crashes=spent) for spent in range(3)]

    assert [(r.verb, r.charge) for r in rulings] == [
        (Verb.RETRY, Charge.CRASH),
        (Verb.RETRY, Charge.CRASH),
        (Verb.BURY, Charge.CRASH),
    ]
    assert [r.delay for r in rulings[:2]] == [8, 16]
    assert (rulings[2].outcome, rulings[2].reason) == (Outcome.FAILED, Reason.CRASHED)


def test_a_task_that_must_not_run_twice_is_buried_at_its_first_crash() -> None:
    buried = ruling(CRASHED, a_task(redeliver=False))

    assert (buried.verb, buried.reason, buried.because) == (Verb.BURY, Reason.CRASHED, "redeliver = false")


def test_a_slot_that_ran_out_of_memory_is_named_so_and_counts_as_a_crash() -> None:
    """Fault 14."""
    ended = as_oom(CRASHED)

    assert ended.reason is Reason.OOM
    assert ruling(ended, a_task()).charge is Charge.CRASH


def test_what_a_stopping_worker_cut_off_is_released_and_charged_nothing() -> None:
    """Fault 6."""
    cut_off = Ended(outcome=Outcome.CANCELLED, reason=Reason.STOPPED, signal=15)

    released = ruling(cut_off, a_task())

    assert (released.verb, released.charge) == (Verb.RELEASE, Charge.NOTHING)
    written = record(cut_off, released, number=1, worker="w", started_ms=1, ended_ms=2, task=None, tries=1)
    assert Attempt.decode(written).outcome == "released"


def test_a_timeout_is_charged_as_a_failure_and_retried_where_the_task_says_so() -> None:
    """Fault 16, P17."""
    ended = Ended(outcome=Outcome.TIMEOUT, reason=Reason.TIMEOUT, signal=9)
    task = a_task(retry=RetryPolicy(limit=1, only=("timeout",), jitter=False))

    assert ruling(ended, task).charge is Charge.FAILURE
    assert ruling(ended, task).verb is Verb.RETRY
    assert ruling(ended, task, failures=1).outcome is Outcome.TIMEOUT


def test_a_cancelled_job_is_buried_as_cancelled_and_never_retried() -> None:
    task = a_task(retry=RetryPolicy(limit=5))

    buried = ruling(FAILED._replace(outcome=Outcome.CANCELLED, reason=Reason.BY_USER), task)

    assert (buried.verb, buried.outcome, buried.reason) == (Verb.BURY, Outcome.CANCELLED, Reason.BY_USER)
    assert buried.charge is Charge.NOTHING


def test_a_job_whose_task_is_not_here_waits_for_a_worker_that_has_it_and_is_charged_nothing() -> None:
    """Fault 77."""
    waits = ruling(Ended(outcome=Outcome.FAILED, reason=Reason.UNKNOWN_TASK), None)

    assert (waits.verb, waits.missing, waits.charge) == (Verb.RELEASE, True, Charge.NOTHING)


def test_the_retries_of_the_call_beat_those_of_the_task() -> None:
    task = a_task(retry=RetryPolicy(limit=5))

    assert policy_for(task, Call(task="backup", retries=1).encode()).limit == 1
    assert policy_for(task, Call(task="backup").encode()).limit == 5
    assert policy_for(task, b'{"retries": nonsense').limit == 5


def test_a_record_never_ends_before_it_started_and_bears_the_definition_that_ran() -> None:
    written = record(
        FAILED, COMPLETE, number=2, worker="web1.1", started_ms=2000, ended_ms=1990, task=a_task(), tries=4
    )
    attempt = Attempt.decode(written)

    assert (attempt.started_ms, attempt.ended_ms) == (2000, 2000)
    assert (attempt.hash, attempt.max_attempts, attempt.exit_code) == ("abc", 4, 3)


@pytest.mark.parametrize("log", [LogSummary(), LogSummary(bytes=10, lines=2, dropped=1)])
@pytest.mark.parametrize("code", [None, 0, 75])
@pytest.mark.parametrize("tries", [1, 4])
def test_the_short_way_of_writing_a_success_says_the_same_as_the_long_one(
    log: LogSummary, code: int | None, tries: int
) -> None:
    ended = Ended(outcome=Outcome.SUCCEEDED, exit_code=code, cpu_s=1e-05, max_rss_bytes=4096, log=log)
    facts: dict[str, Any] = {
        "number": 2,
        "worker": "web1.7",
        "started_ms": 10,
        "ended_ms": 12,
        "task": a_task(),
        "tries": tries,
    }

    short = record(ended, COMPLETE, **facts)
    long = record(ended, replace(COMPLETE, because="not the constant"), **facts)

    assert Attempt.decode(short) == Attempt.decode(long)
