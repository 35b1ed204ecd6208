"""Schedules that are due at a boot of their host (`@reboot`), or at a start of beat (`@start`)."""

from __future__ import annotations

import os
from pathlib import Path

from qctl.model.timing import REBOOT, START, OnEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.engine.beat.entry import Entry
    from qctl.engine.identity import Identity

_STAT: Final = Path("/proc/stat")


class StartUps:
    """Knows for which of them this beat still has something to do."""

    def __init__(self, identity: Identity, booted: Callable[[], float | None]) -> None:
        self._identity = identity
        self._booted = booted
        self._started: set[str] | None = set()  #: `@start`: those that were due at our start; None: that is over

    def over(self) -> None:
        """All that was declared at our start has been seen: what comes later did not come at a start (O3)."""
        self._started = None

    def judge(self, entry: Entry) -> tuple[str, str] | None:
        """What to fire a schedule for: (host, boot id), ('', '') for a start of beat, or None."""
        if not isinstance(entry.schedule.timing, OnEvent) or entry.stands_down:
            return None
        host, boot = self._identity.host, self._identity.boot
        if entry.schedule.hosts and host not in entry.schedule.hosts:
            return None
        if entry.schedule.timing.shown == START:
            if self._started is None or entry.name in self._started:
                return None
            self._started.add(entry.name)
            return "", ""
        if entry.schedule.timing.shown != REBOOT or not boot or entry.state.boots.get(host) == boot:
            return None  # it has run for this boot (O1, O2)
        return host, boot

    def came_after_boot(self, entry: Entry) -> bool:
        """Whether a schedule that has never run on this host was written after the host's boot: too late for it."""
        if self._identity.host in entry.state.boots:
            return False
        booted = self._booted()
        try:
            return booted is not None and os.stat(entry.schedule.file).st_mtime > booted
        except OSError:
            return True


def is_of_boot(entry: Entry) -> bool:
    """Whether a schedule is due once for each boot."""
    return isinstance(entry.schedule.timing, OnEvent) and entry.schedule.timing.shown == REBOOT


def boot_time() -> float | None:
    """When this machine booted, in seconds since the epoch by its wall clock; None where the kernel does not say."""
    try:
        lines = _STAT.read_text().splitlines()
    except OSError:
        return None
    found = next((line.split()[1] for line in lines if line.startswith("btime ")), None)
    return float(found) if found is not None else None
