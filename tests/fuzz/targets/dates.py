"""Dates, durations, sizes and windows of time, as people type them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from qctl.model import when
from qctl.model.blackout import BadWindow, read_window
from qctl.model.units import parse_duration, parse_size, show_duration
from tests.fuzz.target import Target, as_text, literals, one_line

_ZONES: Final[tuple[tzinfo, ...]] = (UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia"))
#: On a day without a change of clocks, in an hour that comes twice, and on a leap day.
_INSTANTS: Final = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC) for text in ("2026-05-06T12:00", "2026-10-25T00:30", "2024-02-29")
)


def target(data: bytes) -> None:
    first, text = (data[0] if data else 0), as_text(data[1:])
    zone, now = _ZONES[first % 3], _INSTANTS[first // 3 % 3]
    for back in (False, True):
        _date(partial(when.parse, text, now, zone, back=back))
    since = _date(lambda: when.since(text, now, zone))
    future = _date(lambda: when.future(text, now, zone))
    assert future is None or future.at >= now, "a date to come that is over"
    assert since is None or since.at.utcoffset() is not None
    _unit(parse_duration, text, _duration_is_written_alike)
    _unit(parse_size, text, lambda size: None)
    try:
        window = read_window(text)
    except BadWindow as refused:
        assert str(refused)
        assert refused.meant.lower() in text.lower()
    else:
        assert read_window(window.text) == window
        covered = [window.covers(datetime(2026, 5, 4) + timedelta(hours=hour)) for hour in range(24 * 7)]
        assert any(covered) or window.days is not None or window.begin % 60 + window.end % 60


def _date(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (when.UnreadableDate, when.FarDate, when.PastDate) as refused:
        one_line(refused)
        return None


def _unit(read: Callable[[object], Any], text: str, check: Callable[[Any], None]) -> None:
    try:
        value = read(text)
    except ValueError as refused:
        assert str(refused)
    else:
        check(value)


def _duration_is_written_alike(seconds: float) -> None:
    again = parse_duration(show_duration(seconds))
    assert abs(again - seconds) <= 0.0005 + seconds * 1e-12, (seconds, show_duration(seconds))
    assert show_duration(again) == show_duration(seconds)


def seeds() -> list[bytes]:
    found = literals("tests/unit/test_dates.py", "tests/unit/test_units.py", "tests/unit/test_blackout.py")
    return [bytes([place % 9]) + seed for place, seed in enumerate(found) if len(seed) < 100]


DATES: Final = Target(
    name="dates",
    run=target,
    seeds=seeds,
    pieces=(
        *(b"10m", b"1h30m", b"2d", b"90s", b"1.5h", b"500ms", b"1w", b" ago", b"in ", b"+", b"-", b" and ", b"next "),
        *(b"tomorrow", b"yesterday", b"today", b"noon", b"midnight", b"mon", b"fri", b"dec", b"24", b"6am", b"12pm"),
        *(b"09:00", b"23:59:60", b"2026-12-24", b"2026-02-30", b"T", b"Z", b"+01:00", b"+9999", b" Europe/Berlin"),
        *(b" ../etc", b" CEST", b"@1700000000", b"@-1", b"@1e9", b"9" * 30, b"0", b"an hour", b"a ", b"days", b"KB"),
        *(b"..", b"22:00-06:00", b"mon-fri", b"sat", b",", b" ", b"\xd9\xa3", b"\xff", b"\x1b"),
    ),
    heads=(b"\0", b"\x001", b"\0 mon ", b"\x002026-12-24 "),
)
