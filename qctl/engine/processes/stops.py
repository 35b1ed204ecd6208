"""Stops under way: which attempts were told to end, why, and when patience ends.

Owns the clock of the last resort, the KILL of a slot, for tasks that hear nothing: Python that never comes back to the
interpreter, a stopped process (faults 10, 16, 17). Every entry is one attempt, by its serial.
"""

from __future__ import annotations

import math

from qctl.classes import dataclass
from qctl.engine.processes.table import How, Request, Stop, Why
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.state import Outcome, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.processes.table import Row

#: Seconds that a slot has to kill the tree of a shell job and say so, before it is killed itself.
MARGIN: Final = 0.7


_REPORTING: Final = 0.1  #: seconds that the report of an end may take


@dataclass(slots=True)
class Aimed:
    """An attempt that was told to stop."""

    slot: int
    stop: Stop
    deadline: float  #: monotonic; then the slot is killed. Infinite after a soft stop
    killed: bool = False
    spared: bool = False  #: once

    def spare(self, now: float) -> None:
        """Wait a moment longer, once."""
        self.spared, self.deadline = True, now + _REPORTING


class Stops:
    """All stop requests of attempts that have not ended."""

    def __init__(self) -> None:
        self._number = 0
        self._aimed: dict[int, Aimed] = {}

    def aim(self, serial: int, slot: int, row: Row, stop: Stop, now: float) -> bool:
        """Write the request to the slot's row. True: the slot has to be killed for it, there is nothing to tell it."""
        self._number += 1
        row.aim(Request(serial, self._number, stop))
        patience = math.inf
        if stop.how is not How.SOFT:
            patience = stop.grace + (MARGIN if row.own_process else 0.0)
        earlier = self._aimed.get(serial)
        deadline = min(now + patience, earlier.deadline if earlier else math.inf)
        self._aimed[serial] = Aimed(slot, stop, deadline)
        return stop.how is How.KILL and not row.own_process

    def forget(self, serial: int) -> Aimed | None:
        """The attempt is over."""
        return self._aimed.pop(serial, None)

    def next_due(self) -> float:
        """Monotonic time of the next KILL; infinite if none is planned."""
        return min((aimed.deadline for aimed in self._aimed.values() if not aimed.killed), default=math.inf)

    def overdue(self, now: float) -> list[tuple[int, Aimed]]:
        """Attempts whose slot has to be killed now."""
        return [(serial, aimed) for serial, aimed in self._aimed.items() if aimed.deadline <= now and not aimed.killed]


def verdict(stop: Stop, *, signal: int | None, exit_code: int | None = None) -> Ended:
    """What an attempt came to that ended because it was told to."""
    match stop.why:
        case Why.TIMEOUT:
            outcome, reason, text = Outcome.TIMEOUT, Reason.TIMEOUT, "the job ran into its time limit"
        case Why.CANCELLED:
            outcome, reason, text = Outcome.CANCELLED, Reason.BY_USER, "the job was cancelled while it ran"
        case Why.RELEASED:
            outcome, reason, text = Outcome.CANCELLED, Reason.STOPPED, "the worker took the job back"
    error = ErrorInfo(type=reason.value, message=text)
    return Ended(outcome=outcome, reason=reason, signal=signal, exit_code=exit_code, error=error)


def taken_back() -> Ended:
    """What an attempt came to whose slot was killed for the sake of another one: nothing of it is its own doing."""
    return verdict(Stop.kill(Why.RELEASED), signal=9)


def crash(exit_code: int | None, signal: int | None, *, who: str = "slot", oom: bool = False) -> Ended:
    """What an attempt came to whose process died without a word, whatever its exit code (fault 12)."""
    how = f"signal {signal}" if signal else f"exit {exit_code}"
    reason, message = Reason.CRASHED, f"the {who} died ({how}) before the job had ended"
    if oom:
        reason, message = Reason.OOM, f"the {who} was killed because memory ran out"
    error = ErrorInfo(type=reason.value, message=message)
    return Ended(outcome=Outcome.FAILED, reason=reason, exit_code=exit_code, signal=signal, error=error)
