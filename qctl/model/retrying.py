"""What becomes of an attempt that did not succeed, by the policy of its task. Pure: no clock, no dice of its own."""

from __future__ import annotations

from qctl.model.retry import NEVER_STARTED, Again, GiveUp, signal_name
from qctl.model.state import Outcome, Reason
from qctl.model.units import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random

    from qctl.model.ended import Ended
    from qctl.model.retry import RetryPolicy


def decide(policy: RetryPolicy, ended: Ended, failures: int, dice: Random) -> Again | GiveUp:
    """Say whether an attempt that failed is tried again.

    `failures` counts this one. A time that the task itself asked for, 100 years at most, wins over the backoff, and
    so does a limit over the policy's; it still costs a try.
    """
    if ended.outcome not in (Outcome.FAILED, Outcome.TIMEOUT):
        return GiveUp(f"{ended.outcome} is final")
    if not _covers(policy, ended):
        return GiveUp("not an error that this task retries on")
    limit = policy.limit if ended.retries is None else ended.retries
    if limit is not None and failures > limit:
        return GiveUp(f"tried {failures} time{'s' * (failures > 1)}")
    if ended.retry_after is not None:
        return Again(min(LONGEST, max(0.0, ended.retry_after)))  # later than that no date can say
    return Again(policy.delay(failures, dice))


def _covers(policy: RetryPolicy, ended: Ended) -> bool:
    names = failure_names(ended)
    if not names.isdisjoint(policy.never):
        return False
    if ended.retry_after is not None or ended.asks_again:
        return True
    if ended.reason is Reason.NOT_STARTED and ended.exit_code in NEVER_STARTED:
        return not names.isdisjoint(policy.only)
    if ended.reason is Reason.RESULT_REJECTED:
        return False
    return not policy.only or not names.isdisjoint(policy.only)


def failure_names(ended: Ended) -> frozenset[str]:
    """Name a failure in every way that `retry_on` may: `timeout`, `exit:75`, `signal:KILL`, `ConnectionError`."""
    names = set(ended.error_names)
    if ended.outcome is Outcome.TIMEOUT:
        names.add("timeout")
    if ended.exit_code is not None:
        names.add(f"exit:{ended.exit_code}")
    if ended.signal is not None:
        names.add(f"signal:{signal_name(ended.signal)}")
    return frozenset(names)
