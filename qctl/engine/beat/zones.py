"""Notices that tzdata was updated, or the host was moved to another zone, under a running beat."""

from __future__ import annotations

import os
import zoneinfo

from qctl.config.host_zone import host_zone_name
from qctl.config.timetable import zone_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Final

    from qctl.engine.journal import Journal

LOOK: Final = 30.0  #: seconds between two looks (D21)

Stamp = tuple[int, int, int] | None  #: of a file; None: it is not there


class Zones:
    """Looks at the files of the zones that schedules use. A few `stat` calls."""

    def __init__(self, journal: Journal, now: float, find: Callable[[str], Stamp] | None = None) -> None:
        self._journal = journal
        self._find = find or _stamp_of
        self._stamps: dict[str, Stamp] = {}
        self._due = now + LOOK
        self._told = ""  #: the host's zone of which a notice was written

    def next_due(self) -> float:
        return self._due

    def look(self, names: Iterable[str], host_zone: str, now: float) -> bool:
        """Whether a zone in use has other rules than before. `host_zone` is what is in force for this host."""
        self._due = now + LOOK
        self._compare_host(host_zone)
        found = {name: self._find(name) for name in {*names} - {"UTC"}}
        changed = sorted(name for name, stamp in found.items() if stamp != self._stamps.get(name, stamp))
        self._stamps |= found
        if changed:
            zoneinfo.ZoneInfo.clear_cache()
            zone_rules.cache_clear()
            self._journal.info("tzdata", f"tzdata was updated: {', '.join(changed)}; times are computed anew")
        return bool(changed)

    def _compare_host(self, in_force: str) -> None:
        """A host that was moved to another zone: its schedules follow at the next reload, not in mid-flight (D20)."""
        present = host_zone_name(os.environ)
        if present == in_force:
            self._told = ""
        elif present != self._told:
            self._told = present
            said = f"the zone of this host is {present} now; schedules stay in {in_force} until a reload (SIGHUP)"
            self._journal.warning("zone", said)


def _stamp_of(name: str) -> Stamp:
    for folder in zoneinfo.TZPATH:
        try:
            found = os.stat(os.path.join(folder, name))
        except OSError:
            continue
        return found.st_mtime_ns, found.st_size, found.st_ino
    return None
