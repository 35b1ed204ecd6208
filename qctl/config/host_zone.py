"""The time zone of this machine, as a zone of the tz database: one that knows when its clocks change."""

from __future__ import annotations

import os

from qctl.dates import UTC
from qctl.errors import UsageError
from qctl.later import import_module, later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType
    from typing import Final

    from qctl.dates import tzinfo
    from qctl.model.local_time import zone_name
    from qctl.model.suggest import did_you_mean
else:
    did_you_mean = later("qctl.model.suggest", "did_you_mean")
    zone_name = later("qctl.model.local_time", "zone_name")

_LOCALTIME: Final = "/etc/localtime"


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
        found: tzinfo = _zones().ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a ZoneInfoNotFoundError is a KeyError
        return None
    return found


def _from_file() -> tzinfo | None:
    try:
        with open(_LOCALTIME, "rb") as file:
            found: tzinfo = _zones().ZoneInfo.from_file(file)
    except (OSError, ValueError):
        return None
    return found


def _zones() -> ModuleType:
    """What knows zones: a machine in UTC does without its import."""
    return import_module("zoneinfo")


def host_zone_name(environ: Mapping[str, str]) -> str:
    """The name of this machine's zone in the tz database; `localtime` of one that has none, UTC if that is unknown."""
    zone = host_zone(environ)
    name = zone_name(zone)
    return name or ("localtime" if named_zone("localtime") else "UTC")


def zone_named(name: str) -> tzinfo:
    """A zone that somebody typed. Raises UsageError, with the one that may be meant (D19)."""
    zone = named_zone(name)
    if zone is None:
        meant = did_you_mean(name, _zones().available_timezones())
        raise UsageError(f"`{name}` is no time zone here{meant}", help="write it as Europe/Berlin or UTC")
    return zone
