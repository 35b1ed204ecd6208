"""How many slots there are: fixed by -c, between two bounds with --autoscale, one more or less by SIGTTIN and SIGTTOU.

Slots are added the moment that work is known to wait and none is free, and those that are idle go when not all were in
use for a while. Nothing that runs is touched: a slot goes between two jobs.
"""

from __future__ import annotations

import math

from qctl.engine.options import usable_slots
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.engine.backlog import Backlog
    from qctl.engine.crew import Crew
    from qctl.engine.options import WorkerOptions
    from qctl.engine.station import Station

ROOM: Final = 64  #: slots that a worker may be given by signals at least, whatever it began with


def bounds(options: WorkerOptions) -> tuple[int, int]:
    """How many slots at least, with which a worker begins, and how many at most."""
    least = usable_slots(options.slots)
    return least, options.most_slots or least


def ceiling(options: WorkerOptions) -> int:
    """How many slots signals may raise the upper bound to."""
    return max(ROOM, 2 * bounds(options)[1])


def slots_in_words(options: WorkerOptions) -> str:
    """How many slots a worker has, as its log says it."""
    least, most = bounds(options)
    return f"{least} to {most} slots" if options.most_slots else count(least, "slot")


class Sizing:
    """Keeps the number of slots between its bounds."""

    def __init__(
        self, station: Station, crew: Crew, backlog: Backlog, options: WorkerOptions, look: Callable[[], None]
    ) -> None:
        self._station = station
        self._crew = crew
        self._backlog = backlog
        self._look = look
        self._wish, self._most = bounds(options)
        self._scales = options.most_slots is not None
        self._ceiling = ceiling(options)
        self._patience = options.idle
        self._full_at = -math.inf  #: when every slot was last in use

    @property
    def _least(self) -> int:
        return min(self._wish, self._most) if self._scales else self._most

    @property
    def slots(self) -> int:
        """How many slots there are now."""
        return self._crew.slots

    @property
    def scale(self) -> tuple[int, int] | None:
        """The bounds between which the number follows the work; None: it is fixed."""
        return (self._least, self._most) if self._scales else None

    @property
    def can_grow(self) -> bool:
        """Whether a slot may be added when work waits."""
        return self._crew.slots < self._most and self._crew.ready

    def next_due(self) -> float:
        return self._full_at + self._patience if self._crew.slots > self._least else math.inf

    def run_once(self, now: float) -> None:
        """See how many slots are in use, and let idle ones go in time."""
        if self._crew.slots <= self._least:
            return
        used = self._station.claims.unsettled
        if used >= self._crew.slots:
            self._full_at = now
        elif now >= self._full_at + self._patience:
            self._resize(max(self._least, used), f"not all were in use for {self._patience:g} s")

    def work_waits(self) -> None:
        """There is work that this worker may claim: if every slot is in use, add one for it."""
        station = self._station
        full = station.claims.unsettled >= self._crew.slots
        if full and self.can_grow and station.shutdown.takes_work:
            self._full_at = station.clock()
            self._resize(self._crew.slots + 1, "jobs wait")

    def signalled(self, more: int) -> None:
        """SIGTTIN or SIGTTOU: one slot more or less; with --autoscale of the upper bound."""
        self._most = min(self._ceiling, max(1, self._most + more))
        bound = f", {self._least} to {self._most}" if self._scales else ""
        self._resize(min(self._most, max(self._least, self._crew.slots)), f"asked by signal{bound}")

    def _resize(self, slots: int, why: str) -> None:
        crew = self._crew
        was = f", not {crew.slots}" if slots != crew.slots else ""
        self._station.journal.info("slots", f"{count(slots, 'slot')} now{was}: {why}", slots=slots)
        crew.resize(slots)
        self._backlog.resize(slots)
        self._look()
