"""How amounts are written for people: durations, ages and sizes. Pure; every interface writes them alike."""

from __future__ import annotations

from qctl.dates import UTC, datetime
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final

    from qctl.model.retry import signal_name
else:
    signal_name = later("qctl.model.retry", "signal_name")

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS: Final = ("B", "K", "M", "G", "T")


def duration(seconds: float) -> str:
    """Two units at most: `340ms`, `0.4s`, `4s`, `17m50s`, `2h05m`, `3d4h`."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 0.0995:
        return f"{round(seconds * 1000)}ms" if seconds else "0s"
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return _two(whole // _MINUTE, "m", f"{whole % _MINUTE:02d}s")
    if whole < _DAY:
        return _two(whole // _HOUR, "h", f"{whole % _HOUR // _MINUTE:02d}m")
    return _two(whole // _DAY, "d", f"{whole % _DAY // _HOUR}h")


def _two(number: int, unit: str, rest: str) -> str:
    """Two units, or one where the second would say nothing."""
    return f"{number}{unit}" + ("" if rest[:-1].strip("0") == "" else rest)


def age(seconds: float) -> str:
    """One unit, for a column of ages: `4s`, `17m`, `3h`, `12d`."""
    whole = max(0, int(seconds))
    for size, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def size(count: int) -> str:
    """Bytes in at most four characters and steps of 1024: `0B`, `812B`, `1.9M`, `212M`."""
    amount, step = float(count), 0
    while amount >= 999.5 and step < len(_STEPS) - 1:
        amount, step = amount / 1024, step + 1
    if step and amount < 9.95:
        return f"{amount:.1f}{_STEPS[step]}"
    return f"{round(amount)}{_STEPS[step]}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: `1 row`, `1,204 rows`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    if number % 100 in (11, 12, 13):
        return f"{number:,}th"
    return f"{number:,}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def signal_words(number: int) -> str:
    """`signal 11 SIGSEGV`: never -11 and never 139 (case P14)."""
    name = signal_name(number)
    return f"signal {number}" if name == str(number) else f"signal {number} SIG{name}"


def clock_time(ms: int, zone: tzinfo, now_ms: int, *, exact: bool = False) -> str:
    """A time of day, after the date where it is not today's: `13:50:07`, `11-21 13:50:07`, `2025-11-21 13:50`."""
    at, today = _local(ms, zone), _local(now_ms, zone)
    clock = f"{at:%H:%M:%S}" + (f".{ms % 1000:03d}" if exact else "")
    if at.date() == today.date():
        return clock
    return f"{at:%m-%d} {clock}" if at.year == today.year else f"{at:%Y-%m-%d %H:%M}"


def _local(ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone)
