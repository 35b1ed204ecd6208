"""What becomes of instants that passed while no beat was there to fire them."""

from __future__ import annotations

from tests.integration.beat.desk import Desk
from tests.support.store_seed import SeedWorker


def test_a_beat_that_wakes_three_minutes_late_fires_all_that_was_due_in_order(desk: Desk) -> None:  # C1
    desk.spread = 0.0
    desk.declare("'3 12 * * *'", "'1 12 * * *'", "'2 12 * * *'", "'* * * * *'")
    desk.start()
    desk.at("2026-03-01 12:03:30")
    assert [desk.rows(name) for name in "abc"] == [[f"03-01 12:0{minute} fired"] for minute in (3, 1, 2)]
    assert desk.rows("d")[-1] == "03-01 12:03 fired"
    taken = SeedWorker(desk.store, "w1").register().claim(4)
    assert [claim.task for claim in taken if claim.task != "d"] == ["b", "c", "a"]


def test_after_an_absence_one_run_stands_for_all_and_carries_its_instant(desk: Desk) -> None:  # C10, C12
    desk.declare("'0 * * * *'")
    desk.start().close()
    desk.server.set("2026-03-01 20:30:00")
    desk.start("b2")
    assert desk.rows()[-2:] == ["03-01 19:00 merged", "03-01 20:00 fired"]
    assert len(desk.rows()) == 8
    assert desk.jobs()[0].call.scheduled_for == "2026-03-01T20:00:00.000Z"
    desk.end_jobs()
    desk.at("2026-03-01 21:00:04", desk.beats[-1])
    assert desk.rows()[-1] == "03-01 21:00 fired"
    assert desk.jobs()[-1].call.scheduled_for == "2026-03-01T21:00:00.000Z"


def test_catch_up_of_all_runs_one_after_the_other(desk: Desk) -> None:  # C11
    desk.declare("{ cron = '0 * * * *', catchup = 'all' }")
    desk.start()
    desk.at("2026-03-01 15:30:00")
    assert desk.rows() == ["03-01 13:00 fired", "03-01 14:00 fired", "03-01 15:00 fired"]
    assert [job.state.value for job in desk.jobs()] == ["queued", "waiting", "waiting"]


def test_catch_up_of_all_waits_for_the_run_that_has_not_ended(desk: Desk) -> None:  # C11
    desk.declare("{ cron = '0 * * * *', catchup = 'all' }")
    desk.start()
    desk.at("2026-03-01 13:00:01")
    desk.at("2026-03-01 16:30:00")
    assert desk.rows() == [f"03-01 {hour}:00 fired" for hour in (13, 14, 15, 16)]
    assert [job.state.value for job in desk.jobs()] == ["queued", "waiting", "waiting", "waiting"]


def test_the_cap_of_catch_up_is_told(desk: Desk) -> None:  # C11, C14
    desk.declare("{ cron = '* * * * *', catchup = 'all' }")
    beat = desk.start()
    desk.at("2026-03-02 12:00:30")
    rows = desk.rows()
    assert rows[:2] == ["03-02 04:40 missed x1000", "03-02 10:20 missed x340"]
    assert sum(row.count for row in desk.schedules.ledger("a", 1000)) == 1440
    assert sum(row.endswith("fired") for row in rows) == 100
    for dropped in ("1,000", "340"):
        assert f"{dropped} missed runs are too many to make up for" in beat.log
    desk.end_jobs()
    desk.at("2026-03-02 12:01:00")
    assert desk.rows()[-1] == "03-02 12:01 fired", "it goes on as ever"


def test_without_catch_up_what_passed_is_missed(desk: Desk) -> None:  # C9
    desk.declare("{ cron = '0 * * * *', catchup = 'none' }")
    desk.start()
    desk.at("2026-03-01 14:30:00")
    assert desk.rows() == ["03-01 13:00 missed", "03-01 14:00 missed"]


def test_what_is_made_up_for_starts_spread(desk: Desk) -> None:  # C8
    desk.declare("'0 13 * * *'", "'0 13 * * *'", "'0 13 * * *'")
    desk.start()
    desk.at("2026-03-01 14:30:00")
    due = sorted(job.due_ms or 0 for name in "abc" for job in desk.jobs(name))
    assert due[0] == 0
    assert 2900 < due[2] - due[1] < 3100
