"""Whom an idle worker listens for, and what it does when it is called.

While it has room for jobs and knows of none, a claim stands behind its wait: whatever ends the wait, a token, a message
or the time, brings what there is. Before it takes less than that it ends such a wait itself: when it is told to stop,
cannot begin jobs any more, or is to look at once.
"""

from __future__ import annotations

import math

from qctl.engine.claiming import LOOK
from qctl.engine.listener import NUDGE, Listener, nudge, pass_on
from qctl.store import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.engine.crew import Crew
    from qctl.engine.line import Line
    from qctl.engine.options import WorkerOptions
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
        options: WorkerOptions,
    ) -> None:
        self._station = station
        self._line = line
        self._crew = crew
        self._sizing = sizing
        self._turn = turn
        self._selection = selection
        self._queues: tuple[str, ...] = selection.parts
        self._listening = listening = not options.only  #: for work; a worker for a few jobs alone takes nobody's token
        self._stays = not options.until_empty  #: whoever leaves when there is no work has to hear of that at once
        self._every = selection.every and listening
        self._refresh_at = -math.inf if self._every else math.inf
        self._nudged = False
        self.listener = listener = Listener(line, station.verbs.keys, station.clock)
        listener.on_token, listener.on_hint = self._called, self._hinted
        listener.on_claimed, listener.on_lost = turn.stood, self._fell

    def next_due(self) -> float:
        if not self._station.line.up:
            return math.inf
        return min(self._refresh_at, self.listener.next_due())

    def run_once(self, now: float) -> None:
        """Keep the second connection listening for what can be used now."""
        if now >= self._refresh_at and self._station.line.up:
            self._refresh_at = now + REFRESH
            self._learn_queues(now)
        can_begin = self._can_begin()
        wants = self._queues if can_begin else ()
        if self.listener.armed:
            if not self._nudged and self._in_vain(wants, now, can_begin=can_begin):
                self._nudged = True
                self._station.tell(nudge(self._station.verbs.keys, self.listener.worker), now)
        elif self.listener.may_arm(now) and not (can_begin and self._turn.asks):
            # The answer to a claim that is under way says whether there is anything to do but wait.
            self._nudged = False
            claim = self._turn.stand(now, self._crew.free) if can_begin and self._stays else []
            until = self._turn.look_at if claim else math.inf
            self.listener.arm(now, self._station.worker, wants, claim, until)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _in_vain(self, wants: tuple[str, ...], now: float, *, can_begin: bool) -> bool:
        """Whether the wait that is under way should end: it is for a worker's old id, or for less than can be used."""
        listener, turn = self.listener, self._turn
        if listener.worker != self._station.worker:
            return True
        if turn.stands:
            return not can_begin or turn.hungry or not listener.listens(wants)
        if not (can_begin and turn.at_rest):
            return False
        return not listener.listens(wants) or (self._stays and turn.may_stand(now, self._crew.free))

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
            if not self._turn.stands:
                self._turn.look()
        else:
            self._station.lease.hurry(-math.inf)

    def _fell(self) -> None:
        """The connection broke. A server that has not noticed may carry the claim out yet, for nobody.

        A heartbeat that comes when its wait is over finds what it took, and gives it back.
        """
        self._turn.fell()
        self._station.lease.hurry(self._station.clock() + 1.25 * LOOK)

    def _learn_queues(self, now: float) -> None:
        command: Command[Any] = Command(("SMEMBERS", self._station.verbs.keys.queues), _names)
        self._station.ask(command, self._learned, now)

    def _learned(self, names: tuple[str, ...]) -> None:
        queues = tuple(name for name in names if self._selection.is_ours(name))
        if queues != self._queues:
            self._queues = queues


def _names(reply: Any) -> tuple[str, ...]:
    return tuple(sorted(name.decode() for name in reply))
