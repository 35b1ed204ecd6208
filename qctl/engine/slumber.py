"""Noticing that the machine was suspended: the clock that is counted by here stood still, and others did not."""

from __future__ import annotations

from qctl import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.station import Station

LEAST: Final = 0.5  #: seconds; between the readings of two clocks this process may be set aside for a while


class Slumber:
    """Compares, as often as it is asked, the clock that goes on meanwhile with the one that does not."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._asleep = clock.asleep()

    def look(self) -> None:
        """To be called before what has come is read: jobs that were given to this worker may be another's by now."""
        slept = clock.asleep() - self._asleep
        if slept > LEAST:
            self._asleep += slept
            self._station.journal.info("woke", f"this machine was suspended for {slept:.0f} s")
            self._station.woke(slept, clock.monotonic())
