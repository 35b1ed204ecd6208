"""The port of cron's minute loop, on the rows of the tables that were executed on Debian's daemon itself."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.support.minute_loop import Refused, starts

BERLIN_GAP = ("Europe/Berlin", "2026-03-28T23:30", "2026-03-29T04:30")  # 02:00 is 03:00
BERLIN_FOLD = ("Europe/Berlin", "2026-10-24T22:30", "2026-10-25T02:30")  # 03:00 is 02:00
Night = tuple[str, str, str]


def seen(when: str, night: Night) -> list[str]:
    """What the clock on the wall shows at each start."""
    zone, first, last = night
    found = starts(when, zone, utc(first), utc(last))
    return [datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone)).strftime("%d %H:%M:%S%z")[:-2] for at in found]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(when: str, first: str, last: str) -> list[str]:
    return [datetime.fromtimestamp(at, UTC).strftime("%m-%d") for at in starts(when, "UTC", utc(first), utc(last))]


@pytest.mark.parametrize(
    ("row", "when", "expected"),
    [
        ("D1", "30 2 * * *", ["29 03:00:00+02"]),
        ("D2", "15,45 2 * * *", ["29 03:00:00+02", "29 03:00:10+02"]),
        ("D3", "0 2,3 * * *", ["29 03:00:00+02", "29 03:00:10+02"]),
        ("D4", "*/20 2 * * *", []),
        ("D4", "* 2 * * *", []),
        ("D4", "*,5 2 * * *", []),
        ("D5", "0 * * * *", ["29 01:00:00+01", "29 03:00:00+02", "29 04:00:00+02", "29 05:00:00+02", "29 06:00:00+02"]),
        ("D6", "0 */2 * * *", ["29 04:00:00+02", "29 06:00:00+02"]),
    ],
)
def test_what_runs_in_the_night_that_loses_an_hour(row: str, when: str, expected: list[str]) -> None:
    assert seen(when, BERLIN_GAP) == expected, row


@pytest.mark.parametrize(
    ("row", "when", "expected"),
    [
        ("D7", "30 2 * * *", ["25 02:30:00+02"]),
        ("D8", "0 * * * *", ["25 01:00:00+02", "25 02:00:00+02", "25 02:00:00+01", "25 03:00:00+01"]),
        ("D9", "*/30 2 * * *", ["25 02:00:00+02", "25 02:30:00+02", "25 02:00:00+01", "25 02:30:00+01"]),
        ("D10", "0-59/30 2 * * *", ["25 02:00:00+02", "25 02:30:00+02"]),
        ("D11", "0 0-23 * * *", ["25 01:00:00+02", "25 02:00:00+02", "25 03:00:00+01"]),
    ],
)
def test_what_runs_in_the_night_that_has_an_hour_twice(row: str, when: str, expected: list[str]) -> None:
    assert seen(when, BERLIN_FOLD) == expected, row


@pytest.mark.parametrize(
    ("row", "when", "night", "expected"),
    [
        ("D12", "15 2 * * *", ("Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04T12:00"), ["04 02:30:00+11"]),
        ("D13", "0 0 * * *", ("America/Santiago", "2026-09-05T12:00", "2026-09-06T12:00"), ["06 01:00:00-03"]),
        ("D13", "@daily", ("America/Santiago", "2026-09-05T12:00", "2026-09-06T12:00"), ["06 01:00:00-03"]),
        ("D14", "0 0 * * *", ("America/Havana", "2026-10-31T12:00", "2026-11-01T12:00"), ["01 00:00:00-04"]),
    ],
)
def test_what_runs_where_clocks_are_changed_otherwise(row: str, when: str, night: Night, expected: list[str]) -> None:
    assert seen(when, night) == expected, row


@pytest.mark.parametrize(
    ("row", "when", "expected"),
    [
        ("E1", "0 0 13 * 5", ["11-06", "11-13", "11-20", "11-27"]),
        ("E2", "0 0 13 * *", ["11-13"]),
        ("E3", "0 0 */2 * 1", ["11-09", "11-23"]),
        ("E4", "0 0 13 * */2", []),
        ("E5", "0 0 1-5 * 1", ["11-02", "11-03", "11-04", "11-05", "11-09", "11-16", "11-23", "11-30"]),
        (
            "E10",
            "0 0 * * 5-7",
            [
                "11-06",
                "11-07",
                "11-08",
                "11-13",
                "11-14",
                "11-15",
                "11-20",
                "11-21",
                "11-22",
                "11-27",
                "11-28",
                "11-29",
            ],
        ),
        ("E11", "0 0 * * sat-sun", []),
        (
            "E12",
            "0 0 * * sun-tue",
            [
                "11-02",
                "11-03",
                "11-08",
                "11-09",
                "11-10",
                "11-15",
                "11-16",
                "11-17",
                "11-22",
                "11-23",
                "11-24",
                "11-29",
                "11-30",
            ],
        ),
        ("E13", "0 22-2 * * *", []),
        ("E13", "0 0 * * fri-mon", []),
        ("E13", "0 0 * nov-feb *", []),
        ("E13", "0 0 13 * fri-mon", ["11-13"]),
        ("E16", "0 0 31 2 *", []),
    ],
)
def test_which_days_a_line_means(row: str, when: str, expected: list[str]) -> None:
    assert days(when, "2026-11-01T12:00", "2026-11-30T12:00") == expected, row


@pytest.mark.parametrize(
    ("row", "when", "minutes"),
    [("E6", "*/7 * * * *", [42, 49, 56, 0, 7]), ("E7", "0-59/20 * * * *", [40, 0]), ("E8", "*/90 * * * *", [0])],
)
def test_which_minutes_a_step_means(row: str, when: str, minutes: list[int]) -> None:
    found = starts(when, "UTC", utc("2026-11-01T00:39"), utc("2026-11-01T01:10"))
    assert [at // 60 % 60 for at in found] == minutes, row


@pytest.mark.parametrize(
    "when", ["5/15 * * * *", "1,,2 * * * *", "60 * * * *", "*/0 * * * *", "0 0 * * monday", "0 0 ? * 1"]
)
def test_what_cron_refuses_is_refused(when: str) -> None:
    """E9, E15, E20."""
    with pytest.raises(Refused):
        starts(when, "UTC", utc("2026-11-01T00:00"), utc("2026-11-02T00:00"))
