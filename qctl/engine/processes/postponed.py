"""Stops for jobs that no slot has begun yet: each meets its job when that begins, and goes with its end.

A slot may show that a job is its next, and be held up before it begins: stopped (SIGSTOP), or by what is made ready.
Nobody can take the job from it then, so it has as long as the job would have to end.
"""

from __future__ import annotations

import math

from qctl.engine.processes.events import Finished, SlotDied
from qctl.engine.processes.stops import MARGIN
from qctl.engine.processes.table import How

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from qctl.engine.processes.events import Event
    from qctl.engine.processes.table import Stop


class Postponed:
    """Those of one pool, by the attempts that they are for. False: there are none."""

    def __init__(self) -> None:
        self._stops: dict[tuple[str, int], tuple[Stop, float]] = {}  #: each with when patience ends

    def __bool__(self) -> bool:
        return bool(self._stops)

    def keep(self, key: tuple[str, int], stop: Stop, now: float) -> None:
        """Keep a stop until its job begins. The latest counts."""
        patience = math.inf if stop.how is How.SOFT else stop.grace + MARGIN
        self._stops[key] = stop, now + patience

    def take(self, key: tuple[str, int]) -> Stop | None:
        """The stop for a job, which is not kept any more; None if there is none."""
        return self._stops.pop(key, (None, 0.0))[0]

    def overdue(self, now: float) -> list[tuple[str, int]]:
        """The jobs for which patience has ended. It begins again: they come to another slot."""
        ended = [key for key, (_, until) in self._stops.items() if until <= now]
        for key in ended:
            self.keep(key, self._stops[key][0], now)
        return ended

    def forget_ended(self, events: Iterable[Event]) -> None:
        """Let go the stops of jobs that have ended, or died with their slots."""
        for event in events:
            if isinstance(event, Finished):
                self.take((event.id, event.fence))
            elif isinstance(event, SlotDied) and event.running is not None:
                self.take(event.running)
