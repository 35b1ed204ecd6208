"""The first import of the task code: what needs none of it does not wait for one that hangs or dies (fault 84).

A pool that imports nothing stands in until the other is ready, which then takes over as after a reload. Jobs in Python
wait meanwhile, apart from the others, as those of a task that nobody has.
"""

from __future__ import annotations

import math

from qctl.config.coming import without_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.crew import Crew
    from qctl.engine.options import WorkerOptions
    from qctl.engine.station import Station

PATIENCE: Final = 10.0  #: seconds; most code is imported in less, and nothing need stand in for it


class ColdStart:
    """Looks once whether the first pool is ready."""

    def __init__(self, station: Station, crew: Crew, options: WorkerOptions) -> None:
        self._station, self._crew = station, crew
        #: One that was started for a few jobs, or until there is nothing left, may not take their code for missing.
        self._waits = options.until_empty or bool(options.only)
        self._due = math.inf

    def begin(self, now: float) -> None:
        """The first pool has been started."""
        if not self._waits and without_code(self._station.config) is not self._station.config:
            self._due = now + PATIENCE

    def next_due(self) -> float:
        return self._due

    def run_once(self, now: float) -> None:
        """Let another pool stand in for one that is not ready by now."""
        if now < self._due:
            return
        self._due = math.inf
        if self._crew.ready or self._station.shutdown.going:
            return
        self._station.journal.warning(
            "importing", f"the task code is not imported after {PATIENCE:g} s: until it is, tasks in Python wait"
        )
        self._crew.stand_in(without_code(self._station.config))
