"""When a zone's clocks are set forward or back: the times that they skip or show twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from qctl.classes import dataclass
from qctl.model.local_time import end_of_gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final

YEARS: Final = 5  #: looked at, so that a change of clocks falls on more than one date
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """One change of clocks. Both ends are naive local times, of which the second does not belong to it."""

    begin: datetime
    end: datetime
    skipped: bool  #: these times do not exist; else they come twice


@lru_cache(maxsize=64)
def shifts(zone: tzinfo, year: int) -> tuple[Shift, ...]:
    """The changes of clocks in a zone, of YEARS from the begin of a year on, in order."""
    at = datetime(min(year, 9999 - YEARS), 1, 1, tzinfo=UTC)
    found = []
    for _ in range(YEARS * 366):
        before, after = at.astimezone(zone), (at + _DAY).astimezone(zone)
        if before.utcoffset() != after.utcoffset():
            found.append(_shift(at, before.replace(tzinfo=None), zone))
        at += _DAY
    return tuple(found)


def _shift(day: datetime, wall: datetime, zone: tzinfo) -> Shift:
    moment = end_of_gap(day, day + _DAY, zone)
    was, becomes = wall + (moment.astimezone(UTC) - day), moment.replace(tzinfo=None)
    return Shift(min(was, becomes), max(was, becomes), skipped=becomes > was)
