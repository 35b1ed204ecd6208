"""The zone of this machine, found out when a date is shown in it: what knows zones takes milliseconds to import."""

from __future__ import annotations

from qctl.dates import UTC, tzinfo
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from qctl.config.host_zone import host_zone, named_zone
else:
    host_zone = later("qctl.config.host_zone", "host_zone")
    named_zone = later("qctl.config.host_zone", "named_zone")


class LateZone(tzinfo):
    """The zone of this name, else what `host_zone` answers for this environment, looked for when it is needed first."""

    def __init__(self, environ: Mapping[str, str], name: str | None = None) -> None:
        self._environ = environ
        self._name = name
        self._found: tzinfo | None = None

    @property
    def key(self) -> str:
        """Its name in the tz database; empty if that is not known."""
        return "UTC" if self._zone is UTC else str(getattr(self._zone, "key", None) or "")

    def utcoffset(self, at: datetime | None, /) -> timedelta | None:
        return self._zone.utcoffset(at)

    def dst(self, at: datetime | None, /) -> timedelta | None:
        return self._zone.dst(at)

    def tzname(self, at: datetime | None, /) -> str | None:
        return self._zone.tzname(at)

    def fromutc(self, at: datetime, /) -> datetime:
        return self._zone.fromutc(at.replace(tzinfo=self._zone)).replace(tzinfo=self)

    @property
    def _zone(self) -> tzinfo:
        if self._found is None:
            self._found = (named_zone(self._name) if self._name else None) or host_zone(self._environ)
        return self._found
