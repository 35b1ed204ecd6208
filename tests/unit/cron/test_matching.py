"""At which times an expression is due, where clocks do nothing odd: rows E1 to E29."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest

from qctl.model.cron import parse_cron
from qctl.model.timing import Every
from tests.support.effort import lines_run
from tests.unit.cron.instants import days, ms, times


def test_two_restricted_day_fields_are_either_one() -> None:
    """E1."""
    assert days("0 0 13 * 5", "2026-11-02", 3) == ["2026-11-06", "2026-11-13", "2026-11-20"]
    assert days("0 0 13 * 5", "2026-12-12", 2) == ["2026-12-13", "2026-12-18"]


def test_one_restricted_day_field_stands_alone() -> None:
    """E2."""
    assert days("0 0 * * 5", "2026-11-02", 2) == ["2026-11-06", "2026-11-13"]
    assert days("0 0 13 * *", "2026-11-02", 2) == ["2026-11-13", "2026-12-13"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0 */2 * 1", ["2026-11-09", "2026-11-23", "2026-12-07"]),
        ("0 0 13 * */2", ["2026-12-13", "2027-02-13", "2027-03-13"]),
        ("0 0 *,5 * 1", ["2026-11-02", "2026-11-09", "2026-11-16"]),
    ],
)
def test_a_day_field_that_begins_with_a_star_must_hold_as_well(text: str, expected: list[str]) -> None:
    """E3, E4."""
    assert days(text, "2026-11-01", 3) == expected


def test_a_range_of_all_days_is_every_day_whatever_the_weekday() -> None:
    """E5."""
    assert days("0 0 1-31 * 1", "2026-11-02", 3) == ["2026-11-03", "2026-11-04", "2026-11-05"]


def test_a_step_begins_anew_each_hour() -> None:
    """E6."""
    assert times("*/7 * * * *", "2026-11-02 00:50", 2) == ["2026-11-02 00:56", "2026-11-02 01:00"]


def test_a_step_over_the_range_of_a_field_is_no_wildcard_and_the_same_minutes() -> None:
    """E7."""
    stepped, starred = parse_cron("0-59/5 * 1 * *"), parse_cron("*/5 * 1 * *")
    assert stepped.minute == starred.minute
    assert (parse_cron("0-59/5 2 * * *").wildcard, parse_cron("*/5 2 * * *").wildcard) == (False, True)


def test_a_value_with_a_step_goes_on_to_the_end_of_its_field() -> None:
    """E9."""
    assert sorted(parse_cron("5/15 * * * *").minute) == [5, 20, 35, 50]


def test_a_range_of_one_value_is_that_value_whatever_its_step() -> None:
    """What was also executed on Debian's daemon: `a-a/n` is just `a`."""
    assert parse_cron("7-7/5 * * * *").minute == {7}


def test_sunday_is_0_and_7() -> None:
    """E10, E12."""
    assert days("0 0 * * 0", "2026-11-02", 2) == days("0 0 * * 7", "2026-11-02", 2) == ["2026-11-08", "2026-11-15"]
    assert days("0 0 * * 5-7", "2026-11-02", 4) == ["2026-11-06", "2026-11-07", "2026-11-08", "2026-11-13"]
    assert days("0 0 * * sun-tue", "2026-11-02", 4) == ["2026-11-03", "2026-11-08", "2026-11-09", "2026-11-10"]


def test_names_are_taken_in_any_case_in_lists_and_ranges() -> None:
    """E14."""
    assert days("0 0 1 Jan,jUL *", "2026-11-02", 2) == ["2027-01-01", "2027-07-01"]
    assert days("0 0 * * MON-wed,FRI", "2026-11-01", 5)[3:] == ["2026-11-06", "2026-11-09"]


def test_an_impossible_day_of_month_leaves_the_weekday() -> None:
    """E17."""
    assert days("0 0 30 2 1", "2026-11-02", 3) == ["2027-02-01", "2027-02-08", "2027-02-15"]


def test_days_that_a_month_has_not_are_passed_over() -> None:
    """E18, E19."""
    assert days("0 0 29 2 *", "2026-01-01", 3) == ["2028-02-29", "2032-02-29", "2036-02-29"]
    assert days("0 0 31 * *", "2026-01-01", 4) == ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]


def test_tabs_and_many_blanks_are_one_blank() -> None:
    """E21."""
    assert parse_cron(" 0\t3   * *\t \t1 ") == parse_cron("0 3 * * 1")


@pytest.mark.parametrize(
    ("name", "same", "wildcard"),
    [
        ("@hourly", "0 * * * *", True),
        ("@daily", "0 0 * * *", False),
        ("@midnight", "0 0 * * *", False),
        ("@weekly", "0 0 * * 0", False),
        ("@monthly", "0 0 1 * *", False),
        ("@yearly", "0 0 1 1 *", False),
        ("@annually", "0 0 1 1 *", False),
    ],
)
def test_of_the_nicknames_only_hourly_is_a_wildcard(name: str, same: str, wildcard: bool) -> None:
    """E22."""
    assert times(name, "2026-11-02 00:30", 3) == times(same, "2026-11-02 00:30", 3)
    assert (parse_cron(name).wildcard, parse_cron(same).wildcard) == (wildcard, wildcard)


def test_the_first_of_six_fields_is_seconds() -> None:
    """E24, and E20 as reference.md has it."""
    assert times("30 5 2 * * *", "2026-11-02", 2) == ["2026-11-02 02:05:30", "2026-11-03 02:05:30"]
    assert times("* * * * * *", "2026-11-02 00:00:58", 2) == ["2026-11-02 00:00:59", "2026-11-02 00:01"]


@pytest.mark.parametrize(
    ("text", "wildcard"),
    [("*/10 30 2 * * *", False), ("0 * 2 * * *", True), ("0 0 */2 * * *", True), ("* * * * * *", True)],
)
def test_seconds_do_not_make_a_wildcard(text: str, wildcard: bool) -> None:
    """What is said of minutes and hours holds whether or not seconds stand before them."""
    assert parse_cron(text).wildcard is wildcard


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0 L * *", ["2026-11-30", "2026-12-31", "2027-01-31"]),
        ("0 0 LW * *", ["2026-11-30", "2026-12-31", "2027-01-29"]),
        ("0 0 15W * *", ["2026-11-16", "2026-12-15", "2027-01-15"]),
        ("0 0 1W 8 *", ["2027-08-02", "2028-08-01", "2029-08-01"]),
        ("0 0 31W * *", ["2026-12-31", "2027-01-29", "2027-03-31"]),
        ("0 0 * * 5L", ["2026-11-27", "2026-12-25", "2027-01-29"]),
        ("0 0 * * MON#5", ["2026-11-30", "2027-03-29", "2027-05-31"]),
        ("0 0 * * mon#1,fril", ["2026-11-02", "2026-11-27", "2026-12-07"]),
        ("0 0 15,L * *", ["2026-11-15", "2026-11-30", "2026-12-15"]),
        ("0 0 */2 * 1#2", ["2026-11-09", "2027-01-11", "2027-08-09"]),
        ("0 0 L * fri#1", ["2026-11-06", "2026-11-30", "2026-12-04"]),
    ],
)
def test_days_that_no_number_names(text: str, expected: list[str]) -> None:
    """E25."""
    assert days(text, "2026-11-01 12:00", 3) == expected


def test_what_h_and_tilde_stand_for_is_stable_and_spread() -> None:
    """E26, with the schedule's own name and host as seed, as reference.md has it."""
    seeds = [f"qctl/task-{number}" for number in range(200)]
    for text in ("H H * * *", "~ 3 * * *", "H(0-29) 3 * * *", "0~30 3 * * *", "H/15 * * * *", "5 5 H * *"):
        shown = [parse_cron(text, seed).shown for seed in seeds]
        assert shown == [parse_cron(text, seed).shown for seed in seeds]
        assert len(set(shown)) > 10
        assert all(
            parse_cron(each).tracks == parse_cron(text, seed).tracks for each, seed in zip(shown, seeds, strict=True)
        )
    assert all(max(parse_cron("H(0-29) 3 * * *", seed).minute) < 30 for seed in seeds)
    assert all(len(parse_cron("H/15 * * * *", seed).minute) == 4 for seed in seeds)
    assert all(max(parse_cron("0 0 H * *", seed).days[0].days) < 29 for seed in seeds)
    assert parse_cron("H H * * *", "x/a").shown != parse_cron("H H * * *", "y/a").shown


@pytest.mark.parametrize(
    ("text", "place", "values"),
    [
        ("H 3 * * *", 0, range(60)),
        ("0 H * * *", 1, range(24)),
        ("0 3 H * *", 2, range(1, 29)),
        ("0 3 1 H *", 3, range(1, 13)),
        ("0 3 * * H", 4, range(7)),
        ("5~9 3 * * *", 0, range(5, 10)),
        ("~3 3 * * *", 0, range(4)),
        ("57~ 3 * * *", 0, range(57, 60)),
        ("H(10-12) 3 * * *", 0, range(10, 13)),
    ],
)
def test_every_value_is_drawn_for_somebody_and_no_other(text: str, place: int, values: range) -> None:
    """E26."""
    drawn = {int(parse_cron(text, f"qctl/task-{number}").shown.split()[place]) for number in range(1000)}
    assert drawn == set(values)


def test_a_distance_counts_from_a_persisted_origin() -> None:
    """E28: begun at 10:00, asked at 10:40 by a worker that was started anew."""
    every = Every(90 * 60_000, "90m")
    found = islice(every.upcoming(ms("2026-11-02 10:40"), UTC, ms("2026-11-02 10:00")), 2)
    assert [due.ms for due in found] == [ms("2026-11-02 11:30"), ms("2026-11-02 13:00")]


def test_the_rarest_rule_is_found_at_once() -> None:
    """E27."""
    parse_cron("0 0 * * *").walls(datetime(2026, 1, 1)).__next__()  # what looks ahead is loaded
    found: list[str] = []
    assert lines_run(lambda: found.extend(days("0 0 * 2 MON#5", "2026-11-01", 1))) < 30_000  # a millisecond or two
    assert found == ["2044-02-29"]
    assert days("0 0 * 2 MON#5", "2073-01-01", 1) == ["2112-02-29"]


def test_instants_end_with_the_calendar() -> None:
    assert times("* * * * *", "9999-12-31 23:57", 9) == ["9999-12-31 23:58", "9999-12-31 23:59"]
    assert times("0 0 29 2 *", "9996-03-01", 9) == []
    assert list(parse_cron("* * * * *").upcoming(10**18, UTC)) == []


def test_instants_come_strictly_after() -> None:
    """E29: to the millisecond, so that a beat that goes on from what it fired neither repeats nor loses one."""
    assert times("0 3 * * *", "2026-11-02 03:00", 1) == ["2026-11-03 03:00"]
    assert times("0 3 * * *", "2026-11-02 02:59:59.999", 1) == ["2026-11-02 03:00"]
    assert times("*/5 * * * * *", "2026-11-02 03:00:04.999", 1) == ["2026-11-02 03:00:05"]
