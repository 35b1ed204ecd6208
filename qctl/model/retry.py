"""How often, when and on which failures a task is tried again; `retrying` decides by it."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from random import Random
    from signal import Signals
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

    def delay(self, failures: int, dice: Random) -> float:
        """Seconds to wait after the given number of failures: doubled each time, at most `ceiling`, then jittered."""
        grown = min(self.ceiling, self.backoff * 2.0 ** min(failures - 1, 64))
        return grown * dice.uniform(0.5, 1.0) if self.jitter else grown


def signal_name(number: int) -> str:
    """The name of a signal without its SIG: `KILL` for 9, `34` for one that has none."""
    try:
        return Signals(number).name.removeprefix("SIG")
    except ValueError:
        return str(number)
