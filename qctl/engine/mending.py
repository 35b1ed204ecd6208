"""Looks for jobs that stand nowhere, and has them put back: scripts leave none, but people and servers do."""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.engine.station import Station

EVERY: Final = 30.0  #: seconds between two rounds, whichever worker makes them
PACE: Final = 0.1  #: seconds between two steps of one: the server has others to serve
AT_ONCE: Final = 100  #: jobs in one step, which take it 2 ms


class Mend:
    """One round after the other through the newest jobs, in steps."""

    def __init__(self, station: Station, now: float) -> None:
        self._station = station
        self._place = 0
        self._under_way = False
        self._due = now + EVERY * station.dice.random()

    def next_due(self) -> float:
        return math.inf if self._under_way or not self._station.line.up else self._due

    def run_once(self, now: float) -> None:
        """Take the next step."""
        if self._under_way or now < self._due:
            return
        station = self._station

        def answered(answers: list[Any]) -> None:
            (answer,), self._under_way = answers, False
            if isinstance(answer, Exception):
                station.journal.trouble("redis", str(answer))
                self._pause(now)
                return
            place, ids = answer
            if ids:
                said = f"put back, having stood nowhere: {' '.join(ids)}; who else writes to this Redis?"
                station.journal.error("repaired", said)
            if place is None:
                self._pause(now)
            else:
                self._place, self._due = place, now + PACE

        def lost() -> None:
            self._under_way = False
            self._pause(now)

        pause_ms = round(EVERY * 0.75 * 1000)
        self._under_way = station.line.ask([station.verbs.mend(self._place, AT_ONCE, pause_ms)], answered, lost, now)

    def _pause(self, now: float) -> None:
        self._place, self._due = 0, now + EVERY * self._station.dice.uniform(0.75, 1.25)
