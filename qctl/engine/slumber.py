"""Noticing that the machine was suspended: the clock that is counted by here stood still, and others did not."""

from __future__ import annotations

from qctl import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LEAST: Final = 0.5  #: seconds; between the readings of two clocks this process may be set aside for a while


class Slumber:
    """Compares, as often as it is asked, the clock that goes on meanwhile with the one that does not."""

    def __init__(self) -> None:
        self._asleep = clock.asleep()

    def look(self) -> float:
        """For how many seconds the machine was suspended since the last look; 0.0: it was not."""
        slept = clock.asleep() - self._asleep
        if slept > LEAST:
            self._asleep += slept
            return slept
        return 0.0
