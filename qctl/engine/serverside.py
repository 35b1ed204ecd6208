"""What a worker says at its start of the server that it works for, where jobs could be lost there."""

from __future__ import annotations

from qctl.engine.unheard import unheard
from qctl.errors import NotPermitted
from qctl.store import Command, eviction, read_info, unsaved_s

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qctl.engine.station import Station


def judge_server(station: Station, server_ms: int, now: float) -> None:
    """Ask the server how it keeps what it is given, and warn of what may be lost (faults 35 and 41)."""

    def told(answers: list[Any]) -> None:
        (info,) = answers
        if isinstance(info, NotPermitted):
            station.journal.info("server", "this user may not ask for INFO: nobody looks whether Redis may lose jobs")
        elif isinstance(info, dict):
            _warn(station, info, server_ms)

    station.line.ask([Command(("INFO",), read_info)], told, unheard, now)


def _warn(station: Station, info: Mapping[str, str], server_ms: int) -> None:
    if policy := eviction(info):
        station.journal.error(
            "eviction", f"Redis may drop jobs when its memory is full: maxmemory-policy is {policy}, not noeviction"
        )
    seconds = unsaved_s(info, server_ms)
    if seconds is not None:
        station.journal.warning(
            "snapshots",
            f"jobs of up to {seconds} seconds may be lost if Redis dies: it keeps no append-only file, "
            "and its last snapshot is that old (CONFIG SET appendonly yes)",
        )
