"""A clock of the server that was ahead for a while and is right again: nothing falls silent, and nothing runs twice."""

from __future__ import annotations

import pytest

from qctl.errors import QctlError
from tests.integration.beat.desk import Desk


class ConnectionLost(QctlError):
    """the test has cut it"""


@pytest.mark.parametrize(
    ("said", "soon"),
    [
        ("'* * * * *'", "12:05:00"),
        ("'every 5m'", "12:06:00"),
        ("'0 13 * * *'", "13:00:00"),
        ("{ at = '2026-03-01T15:00' }", "15:00:00"),
    ],
)
@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_that_was_three_days_ahead_and_is_right_again_silences_nothing(
    desk: Desk, said: str, soon: str, restarted: bool
) -> None:  # C5
    desk.declare(said, "'0 12 * * *'")
    beat = desk.start()
    desk.at("2026-03-01 12:02:00")
    desk.step("2026-03-04 12:02:00")
    ran = len(desk.jobs())
    desk.end_jobs()
    if restarted:
        beat.close()
        desk.server.set("2026-03-01 12:02:30")
        desk.start("b2")
    else:
        desk.step("2026-03-01 12:02:30")
    desk.end_jobs("b")
    desk.at(f"2026-03-01 {soon}")
    once = "at =" in said  # its only instant has had its run
    assert len(desk.jobs()) == (ran if once else ran + 1)
    desk.at("2026-03-02 12:00:00")
    assert "03-02 12:00 fired" in desk.rows("b"), "it was merged, and has not run yet"
    desk.end_jobs("b")
    desk.at("2026-03-04 12:00:00")
    desk.at("2026-03-05 12:00:00")
    fired = [row for row in desk.rows("b") if row.endswith("fired")]
    assert fired == ["03-02 12:00 fired", "03-04 12:00 fired", "03-05 12:00 fired"]


def test_a_schedule_that_came_to_be_while_the_clock_was_ahead_is_fired(desk: Desk) -> None:  # C5
    desk.declare()
    beat = desk.start()
    desk.step("2026-03-04 12:00:00")
    desk.declare("'every 5m'", "'30 12 * * *'")
    beat.take_up()
    desk.order(desk.store.verbs.disable(["b"], {}), desk.store.verbs.enable(["b"]))
    beat.wait()
    desk.step("2026-03-01 12:00:30")
    desk.at("2026-03-01 12:06:00")
    desk.at("2026-03-01 12:30:00")
    assert desk.rows("a")[0] == "03-01 12:05 fired"
    assert desk.rows("b") == ["03-01 12:30 fired"]


def test_what_was_put_off_by_a_clock_that_was_ahead_is_not_put_off_for_days(desk: Desk) -> None:  # C5, C8
    desk.declare("{ cron = '0 * * * *', overlap = 'allow' }", "{ cron = '0 * * * *', overlap = 'allow' }")
    desk.start()
    desk.step("2026-03-04 12:30:00")
    desk.step("2026-03-01 12:30:00")
    desk.at("2026-03-01 13:30:00")
    due = [job.due_ms for job in desk.jobs("a")[:1] + desk.jobs("b")[:1] if job.due_ms]
    assert [each < round(desk.server.now().timestamp() * 1000) + 60_000 for each in due] == [True] * len(due)
    assert due


def test_a_lost_answer_leaves_no_schedule_ahead(desk: Desk) -> None:
    desk.declare("'0 13 * * *'")
    beat = desk.start()
    desk.at("2026-03-01 13:00:00")
    desk.end_jobs()
    desk.server.set("2026-02-20 12:00:00")
    beat.beat._pulse.hurry()
    while not beat.beat._rewinding.under_way:
        beat.step()
    beat.station.line.leave(ConnectionLost(), beat.clock.monotonic())
    beat.wait()
    desk.at("2026-02-20 13:00:00")
    assert desk.rows() == ["02-20 13:00 fired", "03-01 13:00 fired"]


def test_a_clock_that_is_not_set_yet_after_a_boot_loses_nothing_of_what_passed(desk: Desk) -> None:  # C5
    """A machine without a battery, off for three hours: the server begins in 1970, and finds the time later."""
    desk.declare("'0 * * * *'")
    desk.at("2026-03-01 12:00:10", desk.start())
    desk.beats[0].close()
    desk.server.set("1970-01-01 00:01:00")
    desk.start("b2")
    assert desk.state().turn == 0
    desk.step("2026-03-01 15:30:00")
    assert desk.rows() == ["03-01 13:00 merged", "03-01 14:00 merged", "03-01 15:00 fired"]
