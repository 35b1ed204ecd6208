"""Which instants of a schedule run, which do not, and what the ledger says of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qctl.model.cron import Due, parse_cron
from qctl.model.occurrence import End
from qctl.model.planning import Plan, Situation, followed_ms, lies_ahead, plan_dues, plan_event
from qctl.model.planning.rows import note_of
from qctl.model.planning.setback import SMALL_MS
from qctl.model.schedule import LATE_MS, Catchup, Overlap, Schedule
from qctl.model.timing import ByCron, Every, OnEvent
from qctl.store.command import script

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def at(text: str) -> int:
    """An instant in UTC, in ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def schedule(cron: str = "0 * * * *", **said: Any) -> Schedule:
    return Schedule(name="s", task="t", timing=ByCron(parse_cron(cron)), timezone="UTC", **said)


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"job{next(numbers)}"


def decide(one: Schedule, cursor: str, now: str, zone: tzinfo = UTC, **situation: Any) -> Plan:
    found = plan_dues(
        one, zone, Situation(cursor_ms=at(cursor), origin_ms=at(cursor), **situation), at(now), draw=ids()
    )
    assert found is not None
    return found


def told(plan: Plan) -> list[tuple[str, str, str]]:
    """The rows as (time, end, job)."""
    return [(f"{datetime.fromtimestamp(row.at_ms / 1000, UTC):%H:%M}", row.end.value, row.job) for row in plan.rows]


def test_nothing_is_planned_before_the_instant() -> None:
    found = plan_dues(schedule(), UTC, Situation(cursor_ms=at("2026-11-22 09:00"), origin_ms=0), at("2026-11-22 09:59"))
    assert found is None


def test_an_instant_that_has_come_is_fired_once_and_the_cursor_goes_there() -> None:
    plan = decide(schedule(), "2026-11-22 09:00", "2026-11-22 10:00:00.200")
    assert told(plan) == [("10:00", "fired", "job1")]
    assert (plan.new_cursor_ms, plan.due_ms) == (at("2026-11-22 10:00"), at("2026-11-22 10:00"))
    assert [(start.id, start.at_ms, start.after, start.made_up) for start in plan.starts] == [
        ("job1", at("2026-11-22 10:00"), (), False)
    ]


class TestCatchUp:
    def test_none_misses_each_instant_that_is_older_than_a_minute(self) -> None:  # C9
        plan = decide(schedule(catchup=Catchup.NONE), "2026-11-22 06:00", "2026-11-22 09:30")
        assert told(plan) == [("07:00", "missed", ""), ("08:00", "missed", ""), ("09:00", "missed", "")]
        assert plan.starts == ()

    def test_none_fires_an_instant_of_the_last_minute_which_is_late_and_not_missed(self) -> None:
        plan = decide(schedule(catchup=Catchup.NONE), "2026-11-22 07:00", "2026-11-22 09:01:00")
        assert told(plan) == [("08:00", "missed", ""), ("09:00", "fired", "job1")]
        assert told(decide(schedule(catchup=Catchup.NONE), "2026-11-22 08:00", "2026-11-22 09:01:00.001")) == [
            ("09:00", "missed", "")
        ]

    def test_none_lets_the_newest_stand_for_others_of_the_last_minute(self) -> None:
        plan = decide(schedule("* * * * * *", catchup=Catchup.NONE), "2026-11-22 09:00:00", "2026-11-22 09:00:03.5")
        assert [row.end for row in plan.rows] == [End.MERGED, End.MERGED, End.FIRED]
        assert {row.job for row in plan.rows} == {"job1"}

    def test_one_runs_the_newest_which_stands_for_the_others(self) -> None:  # C10, C12
        plan = decide(schedule(), "2026-11-22 06:00", "2026-11-22 09:30")
        assert told(plan) == [("07:00", "merged", "job1"), ("08:00", "merged", "job1"), ("09:00", "fired", "job1")]
        assert [(start.at_ms, start.made_up) for start in plan.starts] == [(at("2026-11-22 09:00"), True)]

    def test_a_step_forward_of_the_clock_runs_a_minute_job_once_and_a_passed_daily_one_now(self) -> None:  # C2
        minute = decide(schedule("* * * * *"), "2026-11-22 09:00", "2026-11-22 10:30:00.5")
        assert [(start.at_ms, start.made_up) for start in minute.starts] == [(at("2026-11-22 10:30"), False)]
        daily = decide(schedule("15 9 * * *"), "2026-11-22 09:00", "2026-11-22 10:30")
        assert told(daily) == [("09:15", "fired", "job1")]

    def test_all_runs_each_oldest_first_and_one_after_the_other(self) -> None:  # C11
        plan = decide(schedule(catchup=Catchup.ALL), "2026-11-22 06:00", "2026-11-22 09:30")
        assert told(plan) == [("07:00", "fired", "job1"), ("08:00", "fired", "job2"), ("09:00", "fired", "job3")]
        assert [start.after for start in plan.starts] == [(), ("job1",), ("job2",)]

    @pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.QUEUE, Overlap.REPLACE])
    def test_all_makes_up_for_each_behind_what_still_runs(self, overlap: Overlap) -> None:  # C11
        one = schedule(catchup=Catchup.ALL, overlap=overlap)
        plan = decide(one, "2026-11-22 06:00", "2026-11-22 09:00:05", active=("old", "older"))
        assert told(plan) == [("07:00", "fired", "job1"), ("08:00", "fired", "job2"), ("09:00", "fired", "job3")]
        assert [start.after for start in plan.starts] == [("old", "older"), ("job1",), ("job2",)]
        assert plan.replaced == (("old", "older") if overlap is Overlap.REPLACE else ())

    def test_all_beside_what_still_runs_waits_for_nothing_but_each_other(self) -> None:
        one = schedule(catchup=Catchup.ALL, overlap=Overlap.ALLOW)
        plan = decide(one, "2026-11-22 06:00", "2026-11-22 08:00", active=("old",))
        assert [start.after for start in plan.starts] == [(), ("job1",)]

    def test_all_makes_up_for_nothing_that_is_due_just_now(self) -> None:  # O5
        plan = decide(schedule(catchup=Catchup.ALL), "2026-11-22 08:00", "2026-11-22 09:00:05", active=("old",))
        assert told(plan) == [("09:00", "skipped:overlap", "old")]

    def test_all_keeps_the_newest_hundred_and_says_how_many_it_dropped_in_one_row(self) -> None:  # C11
        plan = decide(schedule("* * * * *", catchup=Catchup.ALL), "2026-11-22 00:00", "2026-11-22 02:10")
        assert (len(plan.starts), plan.dropped) == (100, 30)
        assert plan.starts[-1].at_ms == at("2026-11-22 02:10")
        missed = [row for row in plan.rows if row.end is End.MISSED]
        assert [(row.count, row.since_ms, row.at_ms) for row in missed] == [
            (30, at("2026-11-22 00:01"), at("2026-11-22 00:30"))
        ]

    @pytest.mark.parametrize("catchup", list(Catchup))
    def test_a_very_long_absence_is_settled_in_several_plans_and_then_it_goes_on(self, catchup: Catchup) -> None:  # C14
        one, cursor, now, runs, settled, steps = schedule("* * * * *", catchup=catchup), 0, DAY, 0, 0, 0
        drawn = ids()
        while True:
            plan = plan_dues(one, UTC, Situation(cursor_ms=cursor, origin_ms=0), now, draw=drawn)
            if plan is None:
                break
            assert len(plan.rows) <= 200
            cursor, steps = plan.new_cursor_ms, steps + 1
            runs += len(plan.starts)
            settled += sum(row.count for row in plan.rows)
        assert (cursor, settled, steps) == (DAY, 1440, 2)
        assert runs == {Catchup.NONE: 1, Catchup.ONE: 1, Catchup.ALL: 100}[catchup]

    def test_what_passed_while_it_was_disabled_is_not_made_up_for(self) -> None:  # C17
        plan = decide(schedule(), "2026-11-22 06:00", "2026-11-22 09:30", enabled_ms=at("2026-11-22 08:30"))
        assert told(plan) == [
            ("07:00", "skipped:disabled", ""),
            ("08:00", "skipped:disabled", ""),
            ("09:00", "fired", "job1"),
        ]


class TestOverlap:
    ACTIVE = ("old1", "old2")

    def test_skip_names_the_job_in_the_way(self) -> None:  # O5
        plan = decide(schedule(), "2026-11-22 09:00", "2026-11-22 10:00", active=self.ACTIVE)
        assert told(plan) == [("10:00", "skipped:overlap", "old1")]
        assert plan.starts == ()

    def test_queue_waits_for_the_end_of_the_one_that_runs(self) -> None:  # O6
        plan = decide(schedule(overlap=Overlap.QUEUE), "2026-11-22 09:00", "2026-11-22 10:00", active=("old1",))
        assert told(plan) == [("10:00", "fired", "job1")]
        assert plan.starts[0].after == ("old1",)
        assert plan.replaced == ()

    def test_queue_merges_with_the_one_that_waits_already(self) -> None:  # O6
        plan = decide(schedule(overlap=Overlap.QUEUE), "2026-11-22 09:00", "2026-11-22 10:00", active=self.ACTIVE)
        assert told(plan) == [("10:00", "merged", "old2")]
        assert plan.starts == ()

    def test_allow_starts_beside_the_others(self) -> None:  # O7
        plan = decide(schedule(overlap=Overlap.ALLOW), "2026-11-22 09:00", "2026-11-22 10:00", active=self.ACTIVE)
        assert (told(plan), plan.starts[0].after) == ([("10:00", "fired", "job1")], ())

    def test_replace_stops_the_others_and_starts_when_they_are_gone(self) -> None:  # O8
        plan = decide(schedule(overlap=Overlap.REPLACE), "2026-11-22 09:00", "2026-11-22 10:00", active=self.ACTIVE)
        assert (plan.replaced, plan.starts[0].after) == (self.ACTIVE, self.ACTIVE)

    def test_replace_stops_nothing_when_nothing_starts(self) -> None:
        none = schedule(overlap=Overlap.REPLACE, catchup=Catchup.NONE)
        assert decide(none, "2026-11-22 09:00", "2026-11-22 10:30", active=self.ACTIVE).replaced == ()


class TestRefusals:
    def test_a_deadline_that_is_over_skips_and_one_that_is_not_becomes_the_expiry(self) -> None:  # C13
        plan = decide(schedule(deadline=1800.0, catchup=Catchup.ALL), "2026-11-22 07:00", "2026-11-22 09:20")
        assert told(plan) == [("08:00", "skipped:deadline", ""), ("09:00", "fired", "job1")]
        assert plan.starts[0].expires_ms == 10 * MINUTE

    @pytest.mark.parametrize(
        ("window", "skips"), [("08:00-10:00", True), ("10:00-12:00", True), ("12:00-13:00", False), ("mon", False)]
    )
    def test_a_blackout_holds_for_the_instant_and_for_the_start(self, window: str, skips: bool) -> None:
        plan = decide(schedule("0 9 * * *", blackout=(window,)), "2026-11-22 08:00", "2026-11-22 11:00")
        assert plan.rows[0].end is (End.BLACKOUT if skips else End.FIRED)
        assert plan.rows[0].note == (window if skips else "")

    def test_a_blackout_is_meant_in_the_schedules_zone(self) -> None:
        one = schedule("0 9 * * *", blackout=("09:00-09:30",))
        plan = decide(one, "2026-11-22 06:00", "2026-11-22 08:00:01", zone=ZoneInfo("Europe/Berlin"))
        assert told(plan) == [("08:00", "skipped:blackout", "")]

    def test_disabled_by_hand_tells_by_whom(self) -> None:
        plan = decide(schedule(), "2026-11-22 09:00", "2026-11-22 10:00", disabled="by ann: repair")
        assert [(row.end, row.note) for row in plan.rows] == [(End.DISABLED, "by ann: repair")]

    def test_disabled_in_the_file_is_skipped(self) -> None:
        assert decide(schedule(enabled=False), "2026-11-22 09:00", "2026-11-22 10:00").rows[0].end is End.DISABLED

    def test_a_broken_task_is_skipped(self) -> None:  # R6
        assert decide(schedule(), "2026-11-22 09:00", "2026-11-22 10:00", broken="no run").rows[0].end is End.BROKEN

    def test_many_rows_that_ended_alike_share_one_but_for_the_newest(self) -> None:
        plan = decide(schedule("* * * * *"), "2026-11-22 00:00", "2026-11-22 02:30", disabled="by ann")
        assert (len(plan.rows), plan.rows[0].count) == (101, 50)


class TestJitter:
    def test_the_start_is_put_off_and_the_instant_stays(self) -> None:  # O13
        early = Situation(cursor_ms=at("2026-11-22 09:00"), origin_ms=0, offset_ms=5 * MINUTE)
        assert plan_dues(schedule(), UTC, early, at("2026-11-22 10:04:59")) is None
        plan = decide(schedule(), "2026-11-22 09:00", "2026-11-22 10:05", offset_ms=5 * MINUTE)
        assert (plan.new_cursor_ms, plan.due_ms) == (at("2026-11-22 10:00"), at("2026-11-22 10:05"))
        assert (plan.starts[0].at_ms, plan.starts[0].made_up) == (at("2026-11-22 10:00"), False)

    def test_lateness_counts_from_the_put_off_start(self) -> None:
        none = schedule(catchup=Catchup.NONE)
        plan = decide(none, "2026-11-22 09:00", "2026-11-22 10:05:59", offset_ms=5 * MINUTE)
        assert told(plan) == [("10:00", "fired", "job1")]


def test_every_counts_from_its_origin() -> None:  # E28
    one = Schedule(name="s", task="t", timing=Every(90 * MINUTE, "90m"), timezone="UTC")
    found = plan_dues(one, UTC, Situation(cursor_ms=4 * HOUR, origin_ms=HOUR), 6 * HOUR, draw=ids())
    assert found is not None
    assert [start.at_ms for start in found.starts] == [HOUR + 3 * 90 * MINUTE]


def test_merged_wall_times_stand_in_the_note() -> None:  # D2
    walls = (datetime(2026, 3, 29, 2, 15), datetime(2026, 3, 29, 2, 45))
    assert note_of(Due(0, walls)) == "2 occurrences merged: 02:15, 02:45"
    assert note_of(Due(0, walls[:1])) == ""


def test_an_event_is_subject_to_overlap_and_enabled_but_never_late() -> None:  # O1, O3
    one = Schedule(name="s", task="t", timing=OnEvent("@start"), timezone="UTC", catchup=Catchup.NONE)
    here = Situation(cursor_ms=5, origin_ms=5)
    assert told(plan_event(one, UTC, here, HOUR, draw=ids())) == [("01:00", "fired", "job1")]
    blocked = plan_event(one, UTC, Situation(cursor_ms=5, origin_ms=5, active=("a",)), HOUR, draw=ids())
    assert told(blocked) == [("01:00", "skipped:overlap", "a")]
    assert blocked.new_cursor_ms == HOUR


@pytest.mark.parametrize(
    ("cron", "back_ms", "comes_again"),
    [
        ("* * * * *", 30_000, True),  # C6: it does not lie ahead, and so nothing comes
        ("* * * * *", 90 * MINUTE, True),  # C4
        ("*/5 9 * * *", 3 * HOUR, True),
        ("30 9 * * *", 90 * MINUTE, False),
        ("* * * * *", 5 * HOUR, False),  # C5
    ],
)
def test_only_the_instants_of_a_wildcard_schedule_come_again_after_a_step_of_up_to_three_hours(
    cron: str, back_ms: int, comes_again: bool
) -> None:
    now = at("2026-11-22 10:00")
    assert lies_ahead(now, now - back_ms) is (back_ms > MINUTE)
    assert not lies_ahead(now, HOUR), "the clock is not set yet"
    assert (back_ms <= followed_ms(schedule(cron))) is comes_again


def test_the_script_that_sets_a_cursor_back_calls_the_same_step_small() -> None:
    (ahead,) = re.findall(rb"^local AHEAD = (\d+)", script("rewind").text, re.MULTILINE)
    assert int(ahead) == SMALL_MS == LATE_MS
