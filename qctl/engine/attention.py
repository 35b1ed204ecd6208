"""Whom an idle worker listens for, and what it does when it is called."""

from __future__ import annotations

import math

from qctl.engine.listener import NUDGE, Listener, nudge, pass_on
from qctl.store import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.engine.crew import Crew
    from qctl.engine.line import Line
    from qctl.engine.selection import Selection
    from qctl.engine.sizing import Sizing
    from qctl.engine.station import Station
    from qctl.engine.turn import Turn

REFRESH: Final = 30.0  #: seconds between two looks at which queues there are


class Attention:
    """Listens for work while a slot is free or may be added, and for orders always."""

    def __init__(
        self,
        station: Station,
        line: Line,
        selection: Selection,
        crew: Crew,
        sizing: Sizing,
        turn: Turn,
        *,
        listening: bool = True,
    ) -> None:
        self._station = station
        self._line = line
        self._crew = crew
        self._sizing = sizing
        self._turn = turn
        self._selection = selection
        self._queues: tuple[str, ...] = selection.parts
        self._listening = listening  #: for work; a worker for a few jobs alone takes nobody's token
        self._every = selection.every and listening
        self._refresh_at = -math.inf if self._every else math.inf
        self._nudged = False
        self.listener = Listener(line, station.verbs.keys, self._called, self._hinted)

    def next_due(self) -> float:
        return self._refresh_at if self._station.line.up else math.inf

    def run_once(self, now: float) -> None:
        """Keep the second connection listening for what can be used now."""
        if now >= self._refresh_at and self._station.line.up:
            self._refresh_at = now + REFRESH
            self._learn_queues(now)
        wants = self._queues if self._can_begin() else ()
        self.listener.attend(self._station.worker, wants)
        if not self.listener.armed:
            self._nudged = False
            self.listener.run_once(now)
        elif wants and not self._nudged and self._turn.at_rest and not self.listener.listens(wants):
            self._nudged = True
            self._station.tell(nudge(self._station.verbs.keys, self._station.worker), now)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _can_begin(self) -> bool:
        station = self._station
        waiting = station.claims.stock
        room = self._crew.free > waiting or self._sizing.can_grow
        return self._listening and station.shutdown.takes_work and room

    def _called(self, queue: str) -> None:
        if self._can_begin():
            self._sizing.work_waits()
            self._turn.look()
        else:
            self._station.tell(pass_on(self._station.verbs.keys, queue), self._station.clock())

    def _hinted(self, text: str) -> None:
        if text == NUDGE:
            return
        if text == "queues":
            self._refresh_at = -math.inf if self._every else math.inf
            self._turn.look()
        else:
            self._station.lease.hurry(-math.inf)

    def _learn_queues(self, now: float) -> None:
        command: Command[Any] = Command(("SMEMBERS", self._station.verbs.keys.queues), _names)
        self._station.ask(command, self._learned, now)

    def _learned(self, names: tuple[str, ...]) -> None:
        self._queues = tuple(name for name in names if self._selection.is_ours(name))


def _names(reply: Any) -> tuple[str, ...]:
    return tuple(sorted(name.decode() for name in reply))
