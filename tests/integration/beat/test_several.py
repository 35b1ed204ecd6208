"""Several beats over one server: each instant is fired once, whoever lives."""

from __future__ import annotations

from qctl.engine.beat.pulse import MOST_SKEW_MS
from tests.integration.beat.desk import Desk


def test_two_beats_fire_each_instant_once(desk: Desk) -> None:  # C21, fault 62
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
    desk.start("b1")
    desk.start("b2")
    for minute in range(1, 6):
        desk.at(f"2026-03-01 12:0{minute}:04")
    assert desk.rows() == [f"03-01 12:0{minute} fired" for minute in range(1, 6)]


def test_the_one_that_fired_last_goes_first_and_the_other_follows_three_seconds_later(desk: Desk) -> None:
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
    first, second = desk.start("b1"), desk.start("b2")
    desk.at("2026-03-01 12:01:00", first)
    assert desk.state().fired_by == first.beat.id
    second.look_at_the_clock()
    for moment, fired in (("12:02:01", 1), ("12:02:02.500", 1), ("12:02:03.100", 2)):
        desk.server.set(f"2026-03-01 {moment}")
        desk.order(desk.store.verbs.pulse(first.beat.id, {"label": "b1"}))  # it lives, and is late
        second.look_at_the_clock()
        assert len(desk.rows()) == fired, moment
    assert desk.rows() == ["03-01 12:01 fired", "03-01 12:02 fired"]
    assert desk.state().fired_by == second.beat.id


def test_when_the_first_is_killed_at_59_nothing_is_lost_or_doubled(desk: Desk) -> None:  # C21, fault 64
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
    first, second = desk.start("b1"), desk.start("b2")
    desk.at("2026-03-01 12:01:00", first)
    second.wait()
    desk.at("2026-03-01 12:01:59")
    first.close()
    desk.at("2026-03-01 12:02:04", second)
    assert desk.rows() == ["03-01 12:01 fired", "03-01 12:02 fired"]
    third = desk.start("b3")
    desk.at("2026-03-01 12:03:04", third)
    second.wait()
    assert desk.rows()[-1] == "03-01 12:03 fired"
    assert len(desk.jobs()) == 3


def test_a_beat_that_slept_over_its_turn_is_refused(desk: Desk) -> None:  # fault 63
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
    first, second = desk.start("b1"), desk.start("b2")
    desk.at("2026-03-01 12:01:04")
    desk.at("2026-03-01 12:05:04", second)
    first.wait()
    rows = desk.rows()
    assert len(rows) == len(set(rows)) == 5
    assert len(desk.jobs()) == 2


def test_a_beat_that_leaves_is_not_waited_for(desk: Desk) -> None:
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
    first, second = desk.start("b1"), desk.start("b2")
    desk.at("2026-03-01 12:01:04", first)
    first.station.leaving = True
    first.settle_until_gone()
    second.wait()
    desk.at("2026-03-01 12:02:00", second)
    assert desk.rows()[-1] == "03-01 12:02 fired"
    assert [each.id for each in desk.schedules.beats()] == [second.beat.id]


def test_a_beat_with_a_wrong_clock_stands_down_while_another_has_a_right_one(desk: Desk) -> None:  # faults 57, 62
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
    beat = desk.start("b1")
    beat.wait()  # its pulse tells the skew that it has learned
    about = desk.schedules.beats()[0].about
    assert abs(about["skew_ms"]) > MOST_SKEW_MS  # the clock of the test's server is months away
    assert about["standing_down"] is None
    desk.at("2026-03-01 12:01:00")
    assert desk.rows() == ["03-01 12:01 fired"]

    right = {"label": "right", "skew_ms": 3}
    desk.order(desk.store.verbs.pulse("other", right))
    beat.wait()
    assert "firing nothing: the clock of this host is" in beat.log
    desk.server.set("2026-03-01 12:02:30")
    desk.order(desk.store.verbs.pulse("other", right))
    beat.wait()
    assert desk.rows() == ["03-01 12:01 fired"]
    beat.wait()
    mine = next(each for each in desk.schedules.beats() if each.id == beat.beat.id)
    assert "that of beat right is not" in mine.about["standing_down"]

    desk.order(desk.store.verbs.leave("other"))
    beat.wait()
    assert desk.rows() == ["03-01 12:01 fired", "03-01 12:02 fired"]


def test_an_emptied_server_gets_its_schedules_again(desk: Desk) -> None:
    """Fault 36: from now on; nothing that is past is fired again."""
    desk.declare("'* * * * *'")
    beat = desk.start()
    desk.at("2026-03-01 12:01:00")
    desk.flush()
    for _ in range(3):
        beat.wait()
    desk.at("2026-03-01 12:02:00")
    assert desk.rows() == ["03-01 12:02 fired"]
