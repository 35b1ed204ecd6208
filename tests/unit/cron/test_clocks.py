"""What becomes of times that clocks skip or show twice: rows D1 to D17."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from qctl.model.cron import parse_cron
from tests.unit.cron.instants import dues, local, ms, times

BERLIN = "Europe/Berlin"
LORD_HOWE = "Australia/Lord_Howe"


class TestGap:
    """Berlin, 2026-03-29: 02:00 is followed by 03:00."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("30 2 * * *", ["29 03:00+02:00", "30 02:30+02:00"]),  # D1
            ("15,45 2 * * *", ["29 03:00+02:00", "30 02:15+02:00", "30 02:45+02:00"]),  # D2
            ("0 2,3 * * *", ["29 03:00+02:00", "30 02:00+02:00"]),  # D3
            ("0 0-23 * * *", ["29 01:00+01:00", "29 03:00+02:00", "29 04:00+02:00"]),  # D3
            ("*/20 2 * * *", ["30 02:00+02:00", "30 02:20+02:00"]),  # D4
            ("* 2 * * *", ["30 02:00+02:00", "30 02:01+02:00"]),  # D4
            ("*,5 2 * * *", ["30 02:00+02:00", "30 02:01+02:00"]),  # also executed: it begins with a star
            ("5,* 2 * * *", ["29 03:00+02:00", "30 02:00+02:00"]),  # also executed: it does not
            ("10 2,* * * *", ["29 01:10+01:00", "29 03:00+02:00", "29 03:10+02:00"]),  # the same
            ("0 * * * *", ["29 01:00+01:00", "29 03:00+02:00", "29 04:00+02:00"]),  # D5
            ("0 */2 * * *", ["29 04:00+02:00", "29 06:00+02:00"]),  # D6
            ("*/20 30 2 * * *", ["29 03:00+02:00", "30 02:30+02:00", "30 02:30:20+02:00"]),  # seconds
        ],
    )
    def test_a_fixed_time_is_made_up_for_once_and_a_wildcard_is_not(self, text: str, expected: list[str]) -> None:
        found = times(text, "2026-03-29 00:30", len(expected), BERLIN)

        assert found == [f"2026-03-{each}" for each in expected]

    def test_what_was_merged_and_moved_is_said(self) -> None:
        """D1, D2, D3."""
        (moved,) = dues("30 2 * * *", "2026-03-29 00:30", 1, BERLIN)
        (merged,) = dues("15,45 2 * * *", "2026-03-29 00:30", 1, BERLIN)
        (together,) = dues("0 2,3 * * *", "2026-03-29 00:30", 1, BERLIN)

        assert moved.walls == (datetime(2026, 3, 29, 2, 30),)
        assert moved.note == "02:30 does not exist that day (DST): runs once, at the first valid minute"
        assert merged.walls == (datetime(2026, 3, 29, 2, 15), datetime(2026, 3, 29, 2, 45))
        assert "02:15 and 02:45 do not exist" in merged.note
        assert "2 occurrences merged" in merged.note
        assert together.walls == (datetime(2026, 3, 29, 2), datetime(2026, 3, 29, 3))
        assert "02:00 does not exist" in together.note

    def test_what_was_made_up_for_is_not_made_up_for_again(self) -> None:
        assert times("30 2 * * *", "2026-03-29T03:00+02:00", 1, BERLIN) == ["2026-03-30 02:30+02:00"]


class TestFold:
    """Berlin, 2026-10-25: 03:00 is 02:00 once more."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("30 2 * * *", ["25 02:30+02:00", "26 02:30+01:00"]),  # D7
            ("0 * * * *", ["25 01:00+02:00", "25 02:00+02:00", "25 02:00+01:00", "25 03:00+01:00"]),  # D8
            (
                "*/30 2 * * *",  # D9
                ["25 02:00+02:00", "25 02:30+02:00", "25 02:00+01:00", "25 02:30+01:00", "26 02:00+01:00"],
            ),
            ("0-59/30 2 * * *", ["25 02:00+02:00", "25 02:30+02:00", "26 02:00+01:00"]),  # D10
            ("0 0-23 * * *", ["25 01:00+02:00", "25 02:00+02:00", "25 03:00+01:00"]),  # D11
        ],
    )
    def test_a_fixed_time_comes_once_and_a_wildcard_as_often_as_it_is_shown(
        self, text: str, expected: list[str]
    ) -> None:
        found = times(text, "2026-10-25 00:30", len(expected), BERLIN)

        assert found == [f"2026-10-{each}" for each in expected]

    def test_six_runs_in_the_hour_that_comes_twice(self) -> None:
        """D9."""
        found = times("*/20 2 * * *", "2026-10-25 00:30", 7, BERLIN)
        assert [each[:10] for each in found] == ["2026-10-25"] * 6 + ["2026-10-26"]
        assert found == sorted(found, key=lambda each: datetime.fromisoformat(each))

    @pytest.mark.parametrize("after", ["02:10+02:00", "02:40+02:00", "02:10+01:00", "02:59+01:00", "03:00+01:00"])
    @pytest.mark.parametrize("text", ["*/20 2,3 * * *", "0-59/20 2,3 * * *", "30 2 * * *"])
    def test_one_may_ask_from_anywhere_in_it(self, text: str, after: str) -> None:
        """D18's half of the evaluator: asked again in the second pass, a fixed time does not come back."""
        all_of_them = dues(text, "2026-10-25 00:30", 20, BERLIN)
        begin = ms(f"2026-10-25 {after}")

        assert dues(text, f"2026-10-25 {after}", 5, BERLIN) == [due for due in all_of_them if due.ms > begin][:5]

    def test_which_of_two_it_is_is_said(self) -> None:
        assert [due.note for due in dues("30 * * * *", "2026-10-25 01:40", 3, BERLIN)] == [
            "02:30 comes twice: the first",
            "02:30 comes twice: the second",
            "",
        ]
        assert dues("30 2 * * *", "2026-10-25 01:40", 1, BERLIN)[0].note == "02:30 comes twice: the first"


def test_a_shift_of_half_an_hour_works_like_one_of_an_hour() -> None:
    """D12; and a wildcard runs at every matching minute that clocks show, where cronsim drops some."""
    assert times("15 2 * * *", "2026-10-04 00:00", 1, LORD_HOWE) == ["2026-10-04 02:30+11:00"]
    assert times("30 * * * *", "2026-10-04 01:00", 3, LORD_HOWE) == [
        "2026-10-04 01:30+10:30",
        "2026-10-04 02:30+11:00",
        "2026-10-04 03:30+11:00",
    ]
    assert times("*/15 1 * * *", "2026-04-05 01:20", 4, LORD_HOWE) == [
        "2026-04-05 01:30+11:00",
        "2026-04-05 01:45+11:00",
        "2026-04-05 01:30+10:30",
        "2026-04-05 01:45+10:30",
    ]


def test_a_day_without_midnight_begins_at_one() -> None:
    """D13."""
    for text in ("0 0 * * *", "@daily"):
        found = times(text, "2026-09-05 12:00", 2, "America/Santiago")
        assert found == ["2026-09-06 01:00-03:00", "2026-09-07 00:00-03:00"]


def test_a_midnight_that_comes_twice_is_one() -> None:
    """D14."""
    found = times("0 0 * * *", "2026-10-31 12:00", 2, "America/Havana")
    assert found == ["2026-11-01 00:00-04:00", "2026-11-02 00:00-05:00"]


def test_a_lost_day_is_made_up_for_once_and_there_is_no_loop() -> None:
    """D15, as reference.md has it: both run, once each."""
    noon = dues("0 12 * * *", "2011-12-29 13:00", 3, "Pacific/Apia")
    assert [local(due, "Pacific/Apia") for due in noon] == [
        "2011-12-31 00:00+14:00",
        "2011-12-31 12:00+14:00",
        "2012-01-01 12:00+14:00",
    ]
    assert noon[0].note.startswith("2011-12-30 12:00 does not exist there")
    (midnight,) = dues("0 0 * * *", "2011-12-29 13:00", 1, "Pacific/Apia")
    assert len(midnight.walls) == 2
    assert times("0 * * * *", "2011-12-29 22:30", 2, "Pacific/Apia") == [
        "2011-12-29 23:00-10:00",
        "2011-12-31 00:00+14:00",
    ]


def test_utc_knows_no_change_of_clocks() -> None:
    """D16."""
    assert times("30 2 * * *", "2026-03-28 12:00", 3) == [f"2026-03-{day} 02:30" for day in (29, 30, 31)]
    utc = list(islice(parse_cron("30 2 * * *").upcoming(ms("2026-03-28"), UTC), 3))
    assert utc == dues("30 2 * * *", "2026-03-28", 3, "Etc/UTC")


def test_one_zone_that_switches_leaves_another_alone() -> None:
    """D17."""
    switching, other = (
        parse_cron("30 2 * * *").upcoming(ms("2026-03-28T12:00+00:00"), ZoneInfo(zone))
        for zone in (BERLIN, "Asia/Tokyo")
    )
    taken = [(next(switching).ms, next(other).ms) for _ in range(3)]

    assert [b - a for (_, a), (_, b) in pairwise(taken)] == [86_400_000] * 2
