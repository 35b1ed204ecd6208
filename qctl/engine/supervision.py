"""What systemd is told of a worker that it has started (`Type=notify`, `Type=notify-reload`, `WatchdogSec=`).

Ready is said once jobs are claimed; the sign of life comes from the loop that renews the lease, so that one which hangs
is noticed by both. A Redis that is away ends neither: the worker waits for it, and the status says so.
"""

from __future__ import annotations

import math
from enum import Enum

from qctl.engine.shutdown import Phase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.crew import Crew
    from qctl.engine.registration import Registration
    from qctl.engine.sdnotify import Notifier
    from qctl.engine.station import Station

STATUS_EVERY: Final = 1.0  #: seconds between two changes of the status line at least
_WORDS: Final = {Phase.WORKING: "working", Phase.DRAINING: "drained, takes no more jobs"}


class _Said(Enum):
    """The last thing that systemd was told of the service's state."""

    NOTHING = 0
    READY = 1
    RELOADING = 2
    STOPPING = 3


class Supervision:
    """Follows the worker, and tells what has changed."""

    def __init__(self, station: Station, crew: Crew, registration: Registration, notifier: Notifier) -> None:
        self._station = station
        self._crew = crew
        self._registration = registration
        self._notifier = notifier
        self._said = _Said.NOTHING
        self._alive_at = -math.inf  #: when the next sign of life is due
        self._status: tuple[object, ...] = ()
        self._status_at = -math.inf  #: when it may be told anew

    def next_due(self) -> float:
        if not self._notifier.listened_to:
            return math.inf
        if self._state() is not self._said:
            return -math.inf
        alive_at = self._alive_at if self._notifier.interval < math.inf else math.inf
        return min(alive_at, self._status_at if self._status != self._figures() else math.inf)

    def run_once(self, now: float) -> None:
        """Say what is new, and that the loop turns."""
        lines = self._news(now)
        if now >= self._alive_at and self._notifier.interval < math.inf:
            self._alive_at = now + self._notifier.interval
            lines.append("WATCHDOG=1")
        if lines:
            self._notifier.say(*lines)

    def reloading(self, now: float) -> None:
        """tasks.toml and code are about to be read again; READY follows when that is over, well or ill."""
        if self._said is _Said.READY:
            self._said = _Said.RELOADING
            self._notifier.say("RELOADING=1", f"MONOTONIC_USEC={round(now * 1e6)}")

    def _news(self, now: float) -> list[str]:
        state = self._state()
        lines = [f"{state.name}=1"] if state is not self._said else []
        self._said = state
        figures = self._figures()
        if figures != self._status and (lines or now >= self._status_at):
            self._status, self._status_at = figures, now + STATUS_EVERY
            lines.append(f"STATUS={self._sentence()}")
        return lines

    def _state(self) -> _Said:
        """What the service is, in systemd's terms."""
        station = self._station
        if station.shutdown.going:
            return _Said.STOPPING
        ready = self._crew.ready and (self._said is _Said.NOTHING or not self._crew.renewing)
        if self._said is _Said.NOTHING:
            ready = ready and self._registration.registered and station.lease.trusted(station.clock())
        return _Said.READY if ready and self._said is not _Said.STOPPING else self._said

    def _figures(self) -> tuple[object, ...]:
        """What the status line is made of; cheap, for it is compared in every turn of the loop."""
        station = self._station
        return (station.shutdown.phase, len(station.claims.begun), self._crew.slots, station.line.up)

    def _sentence(self) -> str:
        _, busy, slots, up = self._figures()
        doing = _WORDS.get(self._station.shutdown.phase, "stopping")
        return f"{doing}: {busy} of {slots} slots busy" + ("" if up else "; Redis is away")
