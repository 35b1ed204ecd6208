"""Random cron expressions, zones and instants, and what an expression means, counted out minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from qctl.model.cron import Cron

#: With whole hours, half hours and midnights that are skipped or shown twice, a lost day, and none of that.
ZONES: Final = (
    *("Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Santiago", "America/Havana", "Asia/Tehran"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kolkata", "UTC", "America/Sao_Paulo"),
)
#: The hours before clocks change somewhere.
CHANGES: Final = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        *("2026-03-28T22:00", "2026-10-24T22:00", "2026-10-03T12:00", "2026-04-04T12:00", "2026-09-05T20:00"),
        *("2026-04-04T22:00", "2026-11-01T02:00", "2026-03-08T02:00", "2011-12-29T12:00", "2026-02-14T20:00"),
    )
)
INSTANTS: Final = st.one_of(
    st.datetimes(datetime(1980, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),
    st.builds(lambda at, minutes: at + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(0, 720)),
)
_WEEKDAYS: Final = ("sun", "mon", "tue", "WED", "Thu", "fri", "sat")
_MONTHS: Final = ("jan", "feb", "mar", "Apr", "may", "JUN", "jul", "aug", "sep", "oct", "nov", "dec")


def _part(low: int, high: int, names: Sequence[str] = ()) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    ranges = st.tuples(numbers, numbers).map(sorted)
    stepped = st.builds(
        lambda ends, step: f"{ends[0]}-{ends[1]}/{step}",
        ranges.filter(lambda ends: ends[0] < ends[1]),
        st.integers(1, high - low + 1),
    )
    ways = [st.just("*"), numbers.map(str), ranges.map(lambda ends: f"{ends[0]}-{ends[1]}"), stepped]
    ways += [st.integers(1, high - low).map(lambda step: f"*/{step}")]
    return st.one_of(*ways, *([st.sampled_from(names)] if names else []))


def _field(low: int, high: int, names: Sequence[str] = (), *more: str) -> st.SearchStrategy[str]:
    parts = st.lists(_part(low, high, names) | st.sampled_from(more) if more else _part(low, high, names), min_size=1)
    return parts.map(lambda found: ",".join(found[:3]))


def _expressions(days: Sequence[str], weekdays: Sequence[str]) -> st.SearchStrategy[str]:
    hours = _field(0, 23) | st.sampled_from(["0", "1", "2", "3", "1-3", "*", "0-23"])
    fields = (_field(0, 59), hours, _field(1, 31, (), *days), _field(1, 12, _MONTHS) | st.just("*"))
    return st.tuples(*fields, _field(0, 6, _WEEKDAYS, *weekdays) | st.just("*")).map(" ".join)


PLAIN: Final = _expressions((), ())
SPECIAL: Final = _expressions(("L", "LW", "15W", "1W", "31W", "29w"), ("mon#1", "5#5", "0l", "3L"))
#: The special days that cronsim reads too.
SHARED: Final = _expressions(("L", "LW"), ("MON#1", "5#5", "0L", "3L"))


def counted(cron: Cron, after: datetime, until: datetime, zone_name: str) -> list[int]:
    """The instants of an expression of five fields, by looking at what the clocks show in each minute."""
    zone = ZoneInfo(zone_name)
    found = set()
    latest = _wall(after - timedelta(minutes=1), zone)  # the latest time that clocks have shown
    at = after
    while at < until:
        wall = _wall(at, zone)
        if cron.wildcard:
            due = _matches(cron, wall)
        else:
            passed = max(0, int((wall - latest) / timedelta(minutes=1)))
            due = any(_matches(cron, wall - timedelta(minutes=back)) for back in range(passed))
            latest = max(latest, wall)
        if due:
            found.add(round(at.timestamp() * 1000))
        at += timedelta(minutes=1)
    return sorted(found)


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _matches(cron: Cron, wall: datetime) -> bool:
    return wall.minute in cron.minute and wall.hour in cron.hour and cron.on(wall.date())
