"""What becomes of an attempt that is over: which verb of the store is called, and what is charged.

Pure: values in, a ruling out. The verbs are the ways for a job to stop running here.
"""

from __future__ import annotations

import json

from qctl.classes import dataclass, replace
from qctl.enums import StrEnum
from qctl.model.attempt import encode_record
from qctl.model.ended import ErrorInfo, encode_success
from qctl.model.retry import Again, RetryPolicy
from qctl.model.retrying import decide
from qctl.model.state import Outcome, Reason
from qctl.store.values import CHARGE_CRASH, CHARGE_FAILURE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random
    from typing import Final

    from qctl.model.ended import Ended
    from qctl.model.task import Task


class Verb(StrEnum):
    """The scripts of the store that end an attempt."""

    COMPLETE = "complete"
    BURY = "bury"
    RETRY = "retry"
    RELEASE = "release"
    REPLACE = "replace"


class Charge(StrEnum):
    """The counter that an attempt costs, as the store names it."""

    NOTHING = ""
    FAILURE = CHARGE_FAILURE
    CRASH = CHARGE_CRASH


@dataclass(frozen=True, slots=True)
class Counters:
    """What earlier attempts have cost a job."""

    failures: int = 0
    crashes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is told to the store."""

    verb: Verb
    outcome: Outcome | None = None  #: of a burial
    reason: Reason | None = None
    charge: Charge = Charge.NOTHING
    delay: float = 0.0  #: seconds until the next attempt
    missing: bool = False  #: of a release: this worker does not have the task, and nothing of the attempt has begun
    because: str = ""  #: for the log


COMPLETE: Final = Ruling(verb=Verb.COMPLETE, outcome=Outcome.SUCCEEDED)
RELEASE: Final = Ruling(verb=Verb.RELEASE)
REPLACE: Final = Ruling(verb=Verb.REPLACE)
MISSING: Final = Ruling(verb=Verb.RELEASE, missing=True)
#: Verbs after which the job goes on: what is said of an attempt that led to one.
_OUTCOMES: Final[Mapping[Verb, str]] = {Verb.RELEASE: "released", Verb.REPLACE: "replaced"}
CRASHES: Final = frozenset({Reason.CRASHED, Reason.OOM})


def settle(
    ended: Ended,
    task: Task | None,
    policy: RetryPolicy,
    counters: Counters,
    left: float,
    dice: Random,
) -> Ruling:
    """Decide what is told to the store. `left` are the seconds that remain of the job's `total_timeout`."""
    if ended.instead is not None:
        return REPLACE
    if ended.outcome is Outcome.SUCCEEDED:
        return COMPLETE
    if ended.outcome is Outcome.SKIPPED:
        return Ruling(verb=Verb.BURY, outcome=Outcome.SKIPPED, reason=ended.reason)
    if ended.reason is Reason.STOPPED:
        return RELEASE
    if ended.outcome is Outcome.CANCELLED:
        return Ruling(verb=Verb.BURY, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
    if ended.reason is Reason.UNKNOWN_TASK:
        return MISSING
    if ended.reason in CRASHES:
        return _after_crash(ended, task, policy, counters.crashes + 1, dice)
    return _after_failure(ended, policy, counters.failures + 1, left, dice)


def _after_crash(ended: Ended, task: Task | None, policy: RetryPolicy, crashes: int, dice: Random) -> Ruling:
    final = Ruling(verb=Verb.BURY, outcome=Outcome.FAILED, reason=ended.reason, charge=Charge.CRASH)
    if task is not None and not task.redeliver:
        return replace(final, because="redeliver = false")
    if crashes >= (task.max_crashes if task else 1):
        return replace(final, because=f"crashed {crashes} times")
    return Ruling(verb=Verb.RETRY, charge=Charge.CRASH, delay=policy.delay(crashes, dice))


def _after_failure(ended: Ended, policy: RetryPolicy, failures: int, left: float, dice: Random) -> Ruling:
    decision = decide(policy, ended, failures, dice)
    if isinstance(decision, Again) and decision.delay < left:
        return Ruling(verb=Verb.RETRY, charge=Charge.FAILURE, delay=decision.delay)
    because = "no time left of total_timeout" if isinstance(decision, Again) else decision.why
    return Ruling(verb=Verb.BURY, outcome=ended.outcome, reason=ended.reason, charge=Charge.FAILURE, because=because)


def as_oom(ended: Ended) -> Ended:
    """The same death, by its right name: the kernel killed the slot because memory had run out (fault 14)."""
    error = ErrorInfo(type=Reason.OOM, message="the slot was killed because memory ran out")
    return ended._replace(reason=Reason.OOM, error=error)


def policy_for(task: Task | None, body: bytes) -> RetryPolicy:
    """The task's retry policy, with the number of retries that the call itself asked for."""
    policy = task.retry if task else RetryPolicy()
    if b'"retries":' not in body:
        return policy
    try:
        retries = json.loads(body).get("retries")
    except (ValueError, AttributeError):
        return policy
    return replace(policy, limit=retries) if isinstance(retries, int) else policy


def record(
    ended: Ended,
    ruling: Ruling,
    *,
    number: int,
    worker: str,
    started_ms: int,
    ended_ms: int,
    task: Task | None,
    tries: int,
) -> bytes:
    """Write down an attempt as the store keeps it: the encoded `Attempt`."""
    if ruling is COMPLETE and task is not None and ended.signal is None and ended.error is None:
        ended_ms = max(started_ms, ended_ms)
        return encode_success(
            ended, number=number, worker=worker, started_ms=started_ms, ended_ms=ended_ms, hash_=task.hash, tries=tries
        )
    log = ended.log
    facts: dict[str, object] = {
        "number": number,
        "worker": worker,
        "started_ms": started_ms,
        "ended_ms": max(started_ms, ended_ms),
        "outcome": _OUTCOMES.get(ruling.verb, ended.outcome),
        "reason": ended.reason,
        "exit_code": ended.exit_code,
        "cpu_s": ended.cpu_s,
        "max_rss_bytes": ended.max_rss_bytes,
        "hash": task.hash if task else None,
        "max_attempts": tries,
    }
    if log.bytes:
        facts |= {"log_bytes": log.bytes, "log_lines": log.lines, "log_dropped": log.dropped}
    if ended.signal is not None:
        facts["signal"] = ended.signal
    if ended.error is not None:
        facts |= {"error_type": ended.error.type, "error_message": ended.error.message}
    return encode_record(facts)
