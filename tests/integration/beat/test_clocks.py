"""The server's clock is the only one that counts: where its zone changes, where it jumps, and where it is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qctl.engine.beat import deciding, entry, firing
from tests.integration.beat.desk import Desk
from tests.support import eventually

#: zone, expression, instants at which the server's clock is looked at (UTC), what was fired (local), by case
ROWS = {
    "D1": (
        "Europe/Berlin",
        "30 2 * * *",
        "2026-03-29 00:59:00|2026-03-29 01:00:00|2026-03-29 01:30:00|2026-03-30 00:30:00",
        ["03-29 03:00", "03-30 02:30"],
    ),
    "D2": (
        "Europe/Berlin",
        "15,45 2 * * *",
        "2026-03-29 00:59:00|2026-03-29 01:00:00|2026-03-29 01:45:00",
        ["03-29 03:00"],
    ),
    "D4": ("Europe/Berlin", "*/20 2 * * *", "2026-03-29 00:59:00|2026-03-29 01:00:00|2026-03-29 01:20:00", []),
    "D7": (
        "Europe/Berlin",
        "30 2 * * *",
        "2026-10-24 23:59:00|2026-10-25 00:30:00|2026-10-25 01:30:00|2026-10-25 02:30:00",
        ["10-25 02:30"],
    ),
    "D8": (
        "Europe/Berlin",
        "0 * * * *",
        "2026-10-24 22:59:30|2026-10-24 23:00:00|2026-10-25 00:00:00|2026-10-25 01:00:00|2026-10-25 02:00:00",
        ["10-25 01:00", "10-25 02:00", "10-25 02:00", "10-25 03:00"],
    ),
    "D9": (
        "Europe/Berlin",
        "*/30 2 * * *",
        "2026-10-24 23:59:30|2026-10-25 00:00:00|2026-10-25 00:30:00|2026-10-25 01:00:00|2026-10-25 01:30:00",
        ["10-25 02:00", "10-25 02:30", "10-25 02:00", "10-25 02:30"],
    ),
    "D10": (
        "Europe/Berlin",
        "0-59/30 2 * * *",
        "2026-10-24 23:59:30|2026-10-25 00:00:00|2026-10-25 00:30:00|2026-10-25 01:00:00|2026-10-25 01:30:00",
        ["10-25 02:00", "10-25 02:30"],
    ),
    "D12": (
        "Australia/Lord_Howe",
        "15 2 * * *",
        "2026-10-03 15:29:00|2026-10-03 15:30:00|2026-10-03 15:45:00|2026-10-04 15:15:00",
        ["10-04 02:30", "10-05 02:15"],
    ),
    "D13": (
        "America/Santiago",
        "0 0 * * *",
        "2026-09-06 03:59:00|2026-09-06 04:00:00|2026-09-06 05:00:00|2026-09-07 03:00:00",
        ["09-06 01:00", "09-07 00:00"],
    ),
    "D14": (
        "America/Havana",
        "0 0 * * *",
        "2026-11-01 03:59:00|2026-11-01 04:00:00|2026-11-01 05:00:00|2026-11-02 05:00:00",
        ["11-01 00:00", "11-02 00:00"],
    ),
    "D15": (
        "Pacific/Apia",
        "0 12 * * *",
        "2011-12-30 09:00:00|2011-12-30 10:00:00|2011-12-30 22:00:00|2011-12-31 22:00:00",
        ["12-31 00:00", "12-31 12:00", "01-01 12:00"],
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_running_beat_keeps_to_the_table(desk: Desk, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 59."""
    zone, cron, moments, fired = ROWS[case]
    first, *later = moments.split("|")
    if case == "D15":
        monkeypatch.setattr(deciding, "CLOCK_SET_MS", 0)
        monkeypatch.setattr(firing, "CLOCK_SET_MS", 0)
        monkeypatch.setattr(entry, "CLOCK_SET_MS", 0)
    desk.server.set(first)
    desk.declare(f"{{ cron = '{cron}', timezone = '{zone}', overlap = 'allow' }}")
    desk.start()
    for moment in later:
        desk.at(moment)
    assert [row for row in desk.rows(zone=zone) if not row.endswith("merged")] == [f"{at} fired" for at in fired]


def test_schedules_in_two_zones_do_not_disturb_each_other(desk: Desk) -> None:  # D17
    desk.server.set("2026-03-28 23:59:00")
    desk.declare("{ cron = '0 * * * *', timezone = 'Europe/Berlin', overlap = 'allow' }", "'0 * * * *'")
    desk.start()
    for hour in range(4):
        desk.at(f"2026-03-29 0{hour}:00:00")
        desk.end_jobs("b")
    assert desk.rows("a") == desk.rows("b") == [f"03-29 0{hour}:00 fired" for hour in range(4)]


def test_what_ran_in_the_first_pass_of_a_fold_does_not_run_again_after_a_restart(desk: Desk) -> None:  # D18
    desk.server.set("2026-10-25 00:29:00")
    desk.declare("{ cron = '30 2 * * *', timezone = 'Europe/Berlin' }")
    desk.start()
    desk.at("2026-10-25 00:30:00")
    desk.beats[0].close()
    desk.server.set("2026-10-25 01:29:00")
    second = desk.start("b2")
    desk.at("2026-10-25 01:30:05", second)
    assert desk.rows() == ["10-25 00:30 fired"]


class TestSteps:
    def test_forward_by_90_minutes(self, desk: Desk) -> None:  # C2
        """Fault 58."""
        desk.declare("'* * * * *'", "'15 13 * * *'")
        beat = desk.start()
        desk.at("2026-03-01 12:01:00")
        desk.end_jobs()
        desk.step("2026-03-01 13:31:00")
        assert [row for row in desk.rows("a") if row.endswith("fired")] == ["03-01 12:01 fired", "03-01 13:31 fired"]
        assert desk.rows("b") == ["03-01 13:15 fired"]
        assert "was set forward by 1h" in beat.log

    def test_forward_by_five_hours_goes_through_catch_up(self, desk: Desk) -> None:  # C3
        desk.declare("{ cron = '0 * * * *', catchup = 'none' }", "'0 * * * *'")
        desk.start()
        desk.step("2026-03-01 17:30:00")
        assert [row.split()[-1] for row in desk.rows("a")] == ["missed"] * 5
        assert [row.split()[-1] for row in desk.rows("b")] == [*["merged"] * 4, "fired"]

    def test_back_by_90_minutes_repeats_no_fixed_time_and_follows_wildcards(self, desk: Desk) -> None:  # C4
        """Fault 58."""
        desk.declare("'* * * * *'", "'50 13 * * *'")
        desk.server.set("2026-03-01 13:49:30")
        beat = desk.start()
        desk.at("2026-03-01 13:50:00")
        desk.end_jobs("a")
        desk.step("2026-03-01 12:20:00")
        assert "was set back by 1h" in beat.log
        desk.at("2026-03-01 12:21:00")
        desk.at("2026-03-01 13:50:01")
        assert desk.rows("b") == ["03-01 13:50 fired"]
        fired = [row for row in desk.rows("a") if row.endswith("fired")]
        assert fired == ["03-01 12:21 fired", "03-01 13:50 fired"]
        assert desk.state("a").turn == 1
        desk.end_jobs("b")
        desk.at("2026-03-02 13:50:00")
        assert desk.rows("b") == ["03-01 13:50 fired", "03-02 13:50 fired"], "and it goes on"

    def test_back_by_90_minutes_at_once_fires_each_minute_once_more(self, desk: Desk) -> None:  # C4
        desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
        desk.start()
        desk.at("2026-03-01 12:01:00")
        desk.step("2026-03-01 10:31:30")
        desk.at("2026-03-01 10:32:01")
        desk.at("2026-03-01 12:01:01")
        assert [row for row in desk.rows() if row.endswith("fired")] == [
            "03-01 10:32 fired",
            "03-01 12:01 fired",
            "03-01 12:01 fired",
        ]

    def test_back_by_90_minutes_while_no_beat_was_there_to_see_it(self, desk: Desk) -> None:  # C4
        desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
        desk.start()
        desk.at("2026-03-01 13:50:00")
        desk.beats[0].close()
        desk.server.set("2026-03-01 12:20:30")
        desk.start("b2")
        desk.at("2026-03-01 12:21:04")
        assert "03-01 12:21 fired" in desk.rows()
        assert desk.state().turn == 1

    def test_back_by_five_hours_goes_on_and_repeats_nothing(self, desk: Desk) -> None:  # C5
        desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
        desk.start()
        desk.at("2026-03-01 12:01:00")
        desk.step("2026-03-01 07:01:30")
        desk.at("2026-03-01 07:02:00")
        assert desk.rows() == ["03-01 07:02 fired", "03-01 12:01 fired"]
        desk.at("2026-03-01 12:01:00")
        assert desk.rows().count("03-01 12:01 fired") == 1, "it is in the ledger"
        assert desk.rows()[-1] == "03-01 12:01 fired"
        desk.at("2026-03-01 12:02:00")
        assert desk.rows()[-1] == "03-01 12:02 fired"

    def test_back_and_forth_by_two_seconds_at_the_edge_is_one_run(self, desk: Desk) -> None:  # C6
        desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
        desk.start()
        for moment in ("12:00:59", "12:01:01", "12:00:59", "12:01:01", "12:00:58"):
            desk.step(f"2026-03-01 {moment}")
        assert desk.rows() == ["03-01 12:01 fired"]

    def test_a_clock_that_is_not_set_yet_fires_nothing_but_start_ups(self, desk: Desk) -> None:  # C5
        desk.server.set("1970-01-01 00:10:00")
        desk.declare("{ cron = '* * * * *', overlap = 'allow' }", "'@start'")
        beat = desk.start()
        desk.at("1970-01-01 00:12:00")
        assert desk.rows("a") == []
        assert [row.split()[-1] for row in desk.rows("b")] == ["fired"]
        assert beat.log.count("the clock is not set yet") == 1
        desk.step("2026-03-01 12:00:30")
        desk.at("2026-03-01 12:01:00")
        assert desk.rows("a")[-1] == "03-01 12:01 fired"


def test_a_beat_that_stood_still_with_an_answer_at_hand_sees_no_step(desk: Desk) -> None:
    """SIGSTOP, or no free core, in the middle of a pulse: the answer is a minute old when it is read."""
    desk.declare("'* * * * *'")
    beat = desk.start()
    beat.beat._pulse.hurry()
    while not beat.beat._pulse._under_way:
        beat.step()
    told = desk.server.now()
    eventually(lambda: beat.has_an_answer, within=60.0)
    desk.server.set(told + timedelta(seconds=60))
    beat.clock.advance(60)
    beat.step()
    assert "the server's clock was set" not in beat.log
    shown = beat.station.time.at(beat.clock.monotonic())
    assert abs(shown - desk.server.now().timestamp() * 1000) < 2000
    desk.at("2026-03-01 12:01:30")
    assert "the server's clock was set" not in beat.log


def test_a_long_sleep_of_the_machine_is_noticed_with_the_next_pulse(desk: Desk) -> None:  # C7
    """Fault 60. The monotonic clock stands still in a suspend; the server's goes on."""
    desk.declare("'0 * * * *'")
    beat = desk.start()
    desk.server.set("2026-03-01 20:00:30")
    beat.wait(5.0)
    assert desk.rows()[-1] == "03-01 20:00 fired"
