"""Whether an attempt that did not succeed is tried again, and when. Pure: no clock, no dice of its own."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.later import later
from qctl.model.state import Outcome, Reason
from qctl.model.units import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random
    from signal import Signals

    from qctl.model.attempt import Ended
else:
    Signals = later("signal", "Signals")  # its names take half a millisecond to make


@dataclass(frozen=True, slots=True)
class Again:
    """Try again, after this many seconds."""

    delay: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not try again."""

    why: str


#: Exit codes with which our own exec says that there is nothing to run; trying again would not help.
NEVER_STARTED = (126, 127)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`retries`, `backoff`, `backoff_max`, `jitter`, `retry_on` and `no_retry_on` of a task."""

    limit: int | None = 0  #: tries after the first; None: no limit
    backoff: float = 30.0  #: seconds before the first retry; doubles from there
    ceiling: float = 600.0
    jitter: bool = True
    only: tuple[str, ...] = ()  #: `retry_on`; empty: any failure and timeout
    never: tuple[str, ...] = ()  #: `no_retry_on`

    def decide(self, ended: Ended, failures: int, dice: Random) -> Again | GiveUp:
        """Say whether an attempt that failed is tried again.

        `failures` counts this one. A time that the task itself asked for, 100 years at most, wins over the backoff, and
        so does a limit over the policy's; it still costs a try.
        """
        if ended.outcome not in (Outcome.FAILED, Outcome.TIMEOUT):
            return GiveUp(f"{ended.outcome} is final")
        if not self._covers(ended):
            return GiveUp("not an error that this task retries on")
        limit = self.limit if ended.retries is None else ended.retries
        if limit is not None and failures > limit:
            return GiveUp(f"tried {failures} times")
        if ended.retry_after is not None:
            return Again(min(LONGEST, max(0.0, ended.retry_after)))  # later than that no date can say
        return Again(self.delay(failures, dice))

    def delay(self, failures: int, dice: Random) -> float:
        """Seconds to wait after the given number of failures: doubled each time, at most `ceiling`, then jittered."""
        grown = min(self.ceiling, self.backoff * 2.0 ** min(failures - 1, 64))
        return grown * dice.uniform(0.5, 1.0) if self.jitter else grown

    def _covers(self, ended: Ended) -> bool:
        names = failure_names(ended)
        if not names.isdisjoint(self.never):
            return False
        if ended.retry_after is not None or ended.asks_again:
            return True
        if ended.reason is Reason.NOT_STARTED and ended.exit_code in NEVER_STARTED:
            return not names.isdisjoint(self.only)
        if ended.reason is Reason.RESULT_REJECTED:
            return False
        return not self.only or not names.isdisjoint(self.only)


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


def signal_name(number: int) -> str:
    """The name of a signal without its SIG: `KILL` for 9, `34` for one that has none."""
    try:
        return Signals(number).name.removeprefix("SIG")
    except ValueError:
        return str(number)
