"""How a worker leaves: what it holds is finished or given back, then its record goes, then its processes.

Nothing outlives it, and nothing is given back before the process that ran it is gone.
"""

from __future__ import annotations

import math

from qctl.engine.claims import Stage
from qctl.engine.processes.table import Stop, Why
from qctl.engine.shutdown import Phase
from qctl.engine.unheard import unheard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.engine.intake import Intake
    from qctl.engine.station import Station
    from qctl.engine.turn import Turn

#: Seconds for telling Redis the rest, once nothing runs any more and nothing is waited for. A worker that holds nothing
#: waits no longer for a Redis that is away: what a claim has given it whose answer it missed, its lease gives back.
LAST_WORDS: Final = 5.0
AGAIN: Final = 0.3  #: seconds until the store is asked again whether nothing is left
_WAITS: Final = (
    "Redis is away: it is waited for as long as a job that runs would be, for it is to be told how jobs ended; "
    "a second signal gives that up"
)
_WORDS: Final = {
    Phase.WORKING: "taking work again",
    Phase.DRAINING: "draining: taking no more work",
    Phase.FINISHING: "stopping: taking no more work, finishing what runs",
    Phase.CUTTING: "stopping what still runs, to give it back",
    Phase.CUTTING_NOW: "killing what runs, to give it back now",
}


class Departure:
    """Follows the phases of the shutdown."""

    def __init__(self, station: Station, intake: Intake, turn: Turn) -> None:
        self._station = station
        self._intake = intake
        self._turn = turn
        self._phase = Phase.WORKING
        self._give_up_at = math.inf
        self._sign_off_at = -math.inf
        self.cut_off = False  #: a running job was given back
        self.before_sign_off: Callable[[float], None] = unheard  #: what has to be told first, on the same line
        self.gone = False  #: nothing is left to do but to end the processes

    def next_due(self) -> float:
        sign_off_at = self._sign_off_at if self._sign_off_at > self._station.clock() else math.inf
        return min(self._station.shutdown.next_due(), self._give_up_at, sign_off_at)

    def run_once(self, now: float) -> None:
        """Take the next step."""
        shutdown = self._station.shutdown
        shutdown.run_once(now)
        if shutdown.phase is not self._phase:
            self._enter(shutdown.phase)
        if shutdown.going and not self.gone:
            self._leave(now)

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._station.journal.info("phase", _WORDS[phase])
        if phase is Phase.WORKING:
            self._turn.look()
            return
        self._intake.give_all_back()
        if phase is Phase.FINISHING and self._station.claims and not self._station.line.up:
            self._station.journal.info("away", _WAITS)
        if phase < Phase.CUTTING:
            return
        for held in list(self._station.claims):
            if held.stage in (Stage.SENT, Stage.BEGUN):
                self.cut_off = True
                number, grace = (held.task.stop_signal, held.task.grace) if held.task else (15, 10.0)
                gently = Stop.terminate(number, grace, Why.RELEASED)
                self._intake.stop(held, gently if phase is Phase.CUTTING else Stop.kill(Why.RELEASED))

    def _leave(self, now: float) -> None:
        station = self._station
        if station.claims.unsettled:
            return
        all_told = self._turn.idle and not any(held.recalls for held in station.claims)
        if all_told and not station.leaving and now >= self._sign_off_at:
            station.leaving = self._sign_off(now)
        empty_handed = all_told or not (station.claims or station.line.up)
        if not (empty_handed or station.shutdown.cutting):
            self._give_up_at = math.inf
        elif math.isinf(self._give_up_at):
            self._give_up_at = now + LAST_WORDS
        if now >= self._give_up_at:
            self._give_up()

    def _sign_off(self, now: float) -> bool:
        station = self._station
        self.before_sign_off(now)
        return station.line.ask([station.verbs.unregister(station.worker)], self._signed_off, self._lost, now)

    def _signed_off(self, answers: list[object]) -> None:
        left = answers[0]
        if isinstance(left, int) and left > 0:
            # A claim whose answer never came: the comparison of a heartbeat gives it back, then we go.
            self._station.leaving = False
            self._sign_off_at = self._station.clock() + AGAIN
            self._station.lease.hurry(-math.inf)
            return
        self.gone = True

    def _lost(self) -> None:
        self._station.leaving = False

    def _give_up(self) -> None:
        left = len(self._station.claims)
        if left:
            self.cut_off = True
            self._station.journal.error(
                "give_up", f"Redis could not be told how {left} jobs ended; others run them again"
            )
        self.gone = True
