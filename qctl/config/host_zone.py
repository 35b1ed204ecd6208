"""The time zone of this machine, as a zone of the tz database: one that knows when its clocks change."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qctl.model.local_time import zone_name

_LOCALTIME: Final = Path("/etc/localtime")
_TIMEZONE: Final = Path("/etc/timezone")


def host_zone(environ: Mapping[str, str]) -> tzinfo:
    """TZ if it names a zone, else what /etc/localtime is, else UTC."""
    name = environ.get("TZ", "").removeprefix(":")
    if name:
        return named_zone(name) or UTC
    try:
        target = os.readlink(_LOCALTIME)
    except OSError:
        target = ""
    _, found, below = target.partition("/zoneinfo/")
    zone = named_zone(below) if found else None
    return zone or _from_file() or UTC


def named_zone(name: str) -> tzinfo | None:
    """A zone by its name, or None if the tz database has none such."""
    if name in ("UTC", "Etc/UTC", "UTC0"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _from_file() -> tzinfo | None:
    try:
        with _LOCALTIME.open("rb") as file:
            return ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return None


def host_zone_name(environ: Mapping[str, str]) -> str:
    """The name of that zone, for schedules that say none; UTC where the machine does not tell its name."""
    name = zone_name(host_zone(environ))
    if name:
        return name
    try:
        written = _TIMEZONE.read_text().strip()
    except (OSError, ValueError):
        return "UTC"
    return zone_name(named_zone(written)) or "UTC"
