"""Dates as people write them, at one moment: Sunday 22 November 2026, 14:05:09 in Berlin."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from qctl.errors import UsageError
from qctl.model.when import PastDate, UnreadableDate, future, parse, since

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 13, 5, 9, tzinfo=UTC)

WRITTEN_AND_MEANT = {
    "now": "2026-11-22T14:05:09+01:00",
    "10m": "2026-11-22T14:15:09+01:00",
    "+90s": "2026-11-22T14:06:39+01:00",
    "in 2h": "2026-11-22T16:05:09+01:00",
    "1h30m": "2026-11-22T15:35:09+01:00",
    "1 hour 30 minutes": "2026-11-22T15:35:09+01:00",
    "in 1 hour and 5 min": "2026-11-22T15:10:09+01:00",
    "in an hour": "2026-11-22T15:05:09+01:00",
    "1.5h": "2026-11-22T15:35:09+01:00",
    "2d": "2026-11-24T14:05:09+01:00",
    "in 3 weeks": "2026-12-13T14:05:09+01:00",
    "next week": "2026-11-29T14:05:09+01:00",
    "2h ago": "2026-11-22T12:05:09+01:00",
    "15:30": "2026-11-22T15:30:00+01:00",
    "at 15:30:20": "2026-11-22T15:30:20+01:00",
    "14:05": "2026-11-23T14:05:00+01:00",
    "6am": "2026-11-23T06:00:00+01:00",
    "6 pm": "2026-11-22T18:00:00+01:00",
    "12am": "2026-11-23T00:00:00+01:00",
    "noon": "2026-11-23T12:00:00+01:00",
    "midnight": "2026-11-23T00:00:00+01:00",
    "today 18:00": "2026-11-22T18:00:00+01:00",
    "tomorrow": "2026-11-23T00:00:00+01:00",
    "tomorrow 6am": "2026-11-23T06:00:00+01:00",
    "Tomorrow at noon": "2026-11-23T12:00:00+01:00",
    "mon 09:00": "2026-11-23T09:00:00+01:00",
    "wednesday 10:30pm": "2026-11-25T22:30:00+01:00",
    "10:30pm on Wed": "2026-11-25T22:30:00+01:00",
    "sun 15:00": "2026-11-22T15:00:00+01:00",
    "sun 14:00": "2026-11-29T14:00:00+01:00",
    "next monday": "2026-11-23T00:00:00+01:00",
    "next sunday 15:00": "2026-11-29T15:00:00+01:00",
    "thurs 7am": "2026-11-26T07:00:00+01:00",
    "2026-12-24": "2026-12-24T00:00:00+01:00",
    "2026-12-24 18:00": "2026-12-24T18:00:00+01:00",
    "2026-12-24T18:00": "2026-12-24T18:00:00+01:00",
    "thu 2026-12-24 18:00": "2026-12-24T18:00:00+01:00",
    "24 dec 18:00": "2026-12-24T18:00:00+01:00",
    "December 24th, 6pm": "2026-12-24T18:00:00+01:00",
    "the 3rd of march at 9:15": "2027-03-03T09:15:00+01:00",
    "24 dec 2027": "2027-12-24T00:00:00+01:00",
    "24.12.2026 18:00": "2026-12-24T18:00:00+01:00",
    "24.12. 18:00": "2026-12-24T18:00:00+01:00",
    "29 feb 8am": "2028-02-29T08:00:00+01:00",
    "2026-12-24T18:00:00Z": "2026-12-24T18:00:00+00:00",
    "2026-12-24T18:00:00.250+05:30": "2026-12-24T18:00:00.250000+05:30",
    "2026-12-24 18:00 -0800": "2026-12-24T18:00:00-08:00",
    "2026-12-24 18:00 America/New_York": "2026-12-24T18:00:00-05:00",
    "2026-07-01 18:00 Europe/London": "2026-07-01T18:00:00+01:00",
    "15:30 UTC": "2026-11-22T15:30:00+00:00",
    "@1700000000": "2023-11-14T23:13:20+01:00",
    "@1800000000.5": "2027-01-15T09:00:00.500000+01:00",
}


@pytest.mark.parametrize(("written", "meant"), WRITTEN_AND_MEANT.items())
def test_a_date_as_people_write_it_means_one_instant(written: str, meant: str) -> None:
    assert parse(written, NOW, BERLIN).at.isoformat() == meant


REFUSED = {
    "": "it is empty",
    "soon": "what is soon?",
    "90": "90s, 90m, or @90",
    "9": "9s, 9m, or @9",
    "mon 9": "may be an hour or a day",
    "12/24/2026": "one day in Europe and another in America",
    "2026-02-30": "there is no 2026-02-30",
    "31 apr": "there is no 2024-04-31",
    "25:00": "there is no 25:00 on a clock",
    "13pm": "there is no 13 pm",
    "18:00 CET": "CET means several zones",
    "18:00 Europe/Berln": "there is no time zone Europe/Berln",
    "18:00 +25:00": "there is no offset +25:00",
    "in 2 months": "months and years differ in length",
    "mon tue": "it names two days",
    "15:30 16:30": "it names two times",
    "mon 2026-12-24": "2026-12-24 is a Thursday",
    "december": "a month and no day",
    "the 24th": "it names no month",
    "next 15:30": "`next` goes with a weekday",
    "@yesterday": "after @ stand seconds",
    "@99999999999999": "out of range",
    "9999999999999999d": "out of range",
    "at": "it names no day and no time",
    "m" * 200: "it is too long",
}


@pytest.mark.parametrize(("written", "why"), REFUSED.items())
def test_what_is_no_date_or_could_be_two_is_refused_with_the_reason(written: str, why: str) -> None:
    with pytest.raises(UnreadableDate) as caught:
        parse(written, NOW, BERLIN)
    assert why in str(caught.value)
    assert caught.value.exit_code == UsageError.exit_code
    assert "qctl help dates" in caught.value.advice


def test_a_time_that_the_clocks_skip_is_the_first_instant_after_the_gap_and_says_so() -> None:
    """Case D1."""
    moment = parse("2027-03-28 02:30", NOW, BERLIN)
    assert moment.at.isoformat() == "2027-03-28T03:00:00+02:00"
    assert "clocks skip 02:30" in moment.note


def test_a_gap_of_half_an_hour_is_found_too() -> None:
    """Case D12."""
    moment = parse("2026-10-04 02:15", NOW, ZoneInfo("Australia/Lord_Howe"))
    assert moment.at.isoformat() == "2026-10-04T02:30:00+11:00"


def test_a_time_that_comes_twice_is_the_first_and_names_the_second() -> None:
    """Case D7."""
    moment = parse("2027-10-31 02:30", NOW, BERLIN)
    assert moment.at.isoformat() == "2027-10-31T02:30:00+02:00"
    assert moment.note.endswith("the second is 2027-10-31T02:30:00+01:00")
    assert parse("2027-10-31T02:30:00+01:00", NOW, BERLIN).note == ""


def test_a_span_counts_real_time_over_a_change_of_clocks() -> None:
    evening = datetime(2027, 3, 27, 20, 0, tzinfo=UTC)
    assert parse("in 12h", evening, BERLIN).at.isoformat() == "2027-03-28T10:00:00+02:00"


@pytest.mark.parametrize("written", ["2h ago", "yesterday", "2020-01-01 12:00", "@1700000000", "today 9am"])
def test_a_start_in_the_past_is_refused_and_says_how_long_ago(written: str) -> None:
    with pytest.raises(PastDate, match="ago"):
        future(written, NOW, BERLIN)


def test_now_is_not_past() -> None:
    assert future("now", NOW, BERLIN).at == NOW


@pytest.mark.parametrize(
    ("written", "meant"),
    {
        "24h": "2026-11-21T14:05:09+01:00",
        "7d": "2026-11-15T14:05:09+01:00",
        "2h ago": "2026-11-22T12:05:09+01:00",
        "mon": "2026-11-16T00:00:00+01:00",
        "today": "2026-11-22T00:00:00+01:00",
        "yesterday 18:00": "2026-11-21T18:00:00+01:00",
        "15:30": "2026-11-21T15:30:00+01:00",
        "24 dec": "2025-12-24T00:00:00+01:00",
    }.items(),
)
def test_a_stretch_up_to_now_begins_in_the_past(written: str, meant: str) -> None:
    assert since(written, NOW, BERLIN).at.isoformat() == meant


def test_the_echo_names_weekday_offset_zone_and_distance() -> None:
    echo = parse("2026-12-24 18:00", NOW, BERLIN).echo(NOW)
    assert echo == "Thu 2026-12-24 18:00:00 +01:00 Europe/Berlin (in 32d3h)"


def test_an_error_never_repeats_what_would_drive_a_terminal() -> None:
    """Attack 31."""
    with pytest.raises(UnreadableDate) as caught:
        parse("\x1b]0;owned\x07", NOW, BERLIN)
    assert "\x1b" not in str(caught.value)
