"""What becomes of schedules when the file changes, breaks or shrinks, and when others hold another one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

import pytest

from qctl.engine.beat import zones
from qctl.model.cron import Due
from qctl.model.timing import ByCron
from tests.integration.beat.desk import Desk

TWO = "[qctl]\ntimezone = 'UTC'\n[tasks.a]\nrun = 'true'\nschedule = '0 * * * *'\n[tasks.b]\nrun = 'true'\n"


def test_a_task_that_is_added_is_fired_without_a_restart(desk: Desk) -> None:  # R1, C15
    desk.declare("'0 13 * * *'")
    beat = desk.start()
    desk.at("2026-03-01 12:30:00")
    desk.declare("'0 13 * * *'", "'*/30 * * * *'")
    beat.wait(3.0)  # the files are looked at …
    beat.wait(3.0)  # … and have settled
    desk.at("2026-03-01 13:00:00")
    assert (desk.rows("a"), desk.rows("b")) == (["03-01 13:00 fired"], ["03-01 13:00 fired"])


def test_a_task_that_is_removed_is_fired_no_more_and_its_job_stays(desk: Desk) -> None:  # R2, fault 65
    desk.declare("'0 * * * *'", "'0 * * * *'")
    beat = desk.start()
    desk.at("2026-03-01 13:00:00")
    desk.declare("'0 * * * *'")
    beat.take_up()
    desk.at("2026-03-01 14:00:00")
    desk.end_jobs()
    assert desk.schedules.names() == ["a"]
    assert desk.rows("b") == ["03-01 13:00 fired"]
    assert desk.jobs("b")[0].state.value == "queued"


def test_a_file_that_is_empty_for_a_moment_is_warned_of_and_loses_no_order(desk: Desk) -> None:
    desk.declare("'every 90s'")
    beat = desk.start()
    order = {"by": "ada", "reason": "repairs"}
    desk.store.do(desk.store.verbs.disable(["a"], order))
    before = desk.state()
    desk.write("")
    beat.take_up()
    assert desk.schedules.names() == []
    assert "warning" in next(line for line in beat.log.splitlines() if "1 schedule withdrawn" in line).lower()
    desk.declare("'every 90s'")
    beat.take_up()
    after = desk.state()
    assert (after.disabled, after.origin_ms) == (before.disabled, before.origin_ms)
    desk.at("2026-03-01 13:00:00")
    assert desk.jobs() == []


RENAMED = [  # what the file says, before and after; and what is new then
    ("[tasks.a]\nrun = 'true'\nschedule = 'every 90s'\n", "[tasks.b]\nrun = 'true'\nschedule = 'every 90s'\n", "b"),
    (
        "[tasks.a]\nrun = 'true'\nschedule = [{ every = '1h', name = 'x' }]\n",
        "[tasks.a]\nrun = 'true'\nschedule = [{ every = '2h', name = 'y' }]\n",
        "a.y",
    ),
]


@pytest.mark.parametrize(("before", "after", "new"), RENAMED, ids=["its task", "itself"])
def test_a_disabled_schedule_that_is_renamed_is_told_to_run_now(desk: Desk, before: str, after: str, new: str) -> None:
    desk.write(before)
    beat = desk.start()
    (old,) = desk.schedules.names()
    desk.order(desk.store.verbs.disable([old], {"by": "ada"}))

    desk.write(after)
    beat.take_up()

    said = f"schedule {old} is gone, and was disabled by ada; {new} is new and runs: qctl schedule disable {new}"
    assert said in beat.log


def test_of_a_disabled_schedule_that_goes_beside_others_nothing_is_guessed(desk: Desk) -> None:
    desk.declare("'0 3 * * *'", "'0 4 * * *'")
    beat = desk.start()
    desk.order(desk.store.verbs.disable(["a"], {}))
    desk.write("[tasks.b]\nrun = 'true'\nschedule = '0 4 * * *'\n[tasks.c]\nrun = 'true'\nschedule = '0 5 * * *'\n")
    beat.take_up()
    assert "1 withdrawn" in beat.log
    assert "is gone" not in beat.log


def test_a_task_that_was_removed_while_no_beat_ran_is_withdrawn_at_the_start(desk: Desk) -> None:  # R2
    desk.declare("'0 * * * *'", "'0 * * * *'")
    desk.start().close()
    desk.declare("'0 * * * *'")
    desk.server.set("2026-03-01 12:30:00")
    desk.start("b2")
    assert desk.schedules.names() == ["a"]


def test_a_schedule_of_another_file_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    desk.declare("'0 * * * *'")
    desk.start().close()
    other = tmp_path / "other.toml"
    desk.write("[tasks.z]\nrun = 'true'\nschedule = '@daily'\n", other)
    desk.start("b2", other)
    assert desk.schedules.names() == ["a", "z"]


def test_another_time_holds_from_now_on(desk: Desk) -> None:  # C16, R3, fault 65
    desk.declare("'0 14 * * *'")
    beat = desk.start()
    desk.at("2026-03-01 15:00:00")
    desk.declare("'0 13,16 * * *'")
    beat.take_up()
    assert desk.rows() == ["03-01 14:00 fired"]
    desk.end_jobs()
    desk.at("2026-03-01 16:00:00")
    assert desk.rows() == ["03-01 14:00 fired", "03-01 16:00 fired"]
    assert desk.state().generation == 2


def test_what_is_due_at_a_reload_is_fired_under_the_old_definition(desk: Desk) -> None:  # R7
    desk.declare("'0 * * * *'")
    beat = desk.start()
    desk.server.set("2026-03-01 12:59:59.900")
    beat.wait()
    desk.declare("'30 * * * *'")
    desk.server.set("2026-03-01 13:00:00")
    beat.clock.advance(0.1)
    beat.take_up()
    assert desk.rows() == ["03-01 13:00 fired"]
    desk.end_jobs()
    desk.at("2026-03-01 13:30:00")
    assert desk.rows() == ["03-01 13:00 fired", "03-01 13:30 fired"]


def test_what_another_beat_has_just_fired_is_not_waited_for_at_a_reload(desk: Desk, tmp_path: Path) -> None:  # R7
    """Nor does the loop spin, which a worker does all else with."""
    desk.declare("'* * * * *'")
    other = tmp_path / "other.toml"
    desk.declare("'* * * * *'", file=other)
    first, second = desk.start(), desk.start("b2", other)
    desk.at("2026-03-01 12:01:00.500", first)
    second.look_at_the_clock()
    desk.at("2026-03-01 12:02:00.500", first)
    desk.declare("'30 * * * *'", file=other)
    since, turns = second.clock.monotonic(), second.turns
    second.take_up()
    assert desk.state().publisher == second.beat.id
    assert second.clock.monotonic() - since < 0.2
    assert second.turns - turns < 40


def test_what_nobody_fires_is_waited_for_in_few_turns(desk: Desk, tmp_path: Path) -> None:  # R7
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }")
    other = tmp_path / "other.toml"
    desk.declare("{ cron = '* * * * *', overlap = 'allow' }", file=other)
    first, second = desk.start(), desk.start("b2", other)
    desk.at("2026-03-01 12:01:00.500", first)
    second.look_at_the_clock()
    desk.server.set("2026-03-01 12:02:00.500")
    desk.order(desk.store.verbs.pulse(first.beat.id, {"label": "b1"}))  # it lives, and is late
    second.look_at_the_clock()
    desk.declare("'30 * * * *'", file=other)
    since, turns = second.clock.monotonic(), second.turns
    second.take_up()
    assert desk.rows()[-1] == "03-01 12:02 fired"
    assert 2 < second.clock.monotonic() - since < 4
    assert second.turns - turns < 400


def test_what_was_missed_before_an_edit_is_made_up_for_under_the_old_definition(
    desk: Desk,
) -> None:  # C16, R7, fault 65
    desk.declare("'0 13 * * *'")
    desk.start().close()
    desk.server.set("2026-03-01 13:10:00")
    desk.declare("'30 12,13 * * *'")
    desk.start("b2")
    assert desk.rows() == ["03-01 13:00 fired"], "nothing of the new one's past"
    desk.end_jobs()
    desk.at("2026-03-01 13:30:04", desk.beats[-1])
    assert desk.rows() == ["03-01 13:00 fired", "03-01 13:30 fired"]


def test_a_change_that_leaves_the_instants_alone_passes_none_over(desk: Desk) -> None:  # R7
    desk.declare("'0 * * * *'")
    desk.start().close()
    desk.server.set("2026-03-01 13:10:00")
    desk.declare("{ cron = '0 * * * *', overlap = 'allow' }")
    desk.start("b2")
    assert desk.rows() == ["03-01 13:00 fired"]


def test_a_schedule_that_the_file_enables_again_makes_nothing_up(desk: Desk) -> None:  # C17
    desk.declare("{ cron = '0 * * * *', enabled = false }")
    desk.start().close()
    desk.declare("'0 * * * *'")
    desk.server.set("2026-03-01 14:30:00")
    desk.start("b2")
    desk.at("2026-03-01 15:00:04", desk.beats[-1])
    assert desk.rows() == ["03-01 13:00 skipped:disabled", "03-01 14:00 skipped:disabled", "03-01 15:00 fired"]


def test_a_broken_file_changes_nothing_and_is_said_once(desk: Desk) -> None:  # R5
    desk.declare("'0 * * * *'")
    beat = desk.start()
    desk.write("[tasks.a\n")
    beat.take_up()
    beat.take_up()
    desk.at("2026-03-01 13:00:00")
    assert desk.rows() == ["03-01 13:00 fired"]
    (about,) = [each.about for each in desk.schedules.beats()]
    assert about["problem"]
    assert about["stale_since_ms"]
    assert beat.log.count("action=stale") == 1


def test_a_task_that_breaks_is_skipped_as_broken_and_the_others_go_on(desk: Desk) -> None:  # R6
    desk.write(TWO.replace("[tasks.b]\nrun = 'true'\n", "[tasks.b]\nrun = 'true'\nschedule = '0 * * * *'\n"))
    beat = desk.start()
    desk.write(TWO.replace("[tasks.b]\nrun = 'true'\n", "[tasks.b]\nrun = 3\nschedule = '0 * * * *'\n"))
    beat.take_up()
    desk.at("2026-03-01 13:00:00")
    assert (desk.rows("a"), desk.rows("b")) == (["03-01 13:00 fired"], ["03-01 13:00 skipped:broken"])
    (about,) = [beat.about for beat in desk.schedules.beats()]
    assert list(about["broken"]) == ["b"], "whoever looks is told"
    assert "task b is broken: " in about["broken"]["b"]
    beat.close()
    desk.server.set("2026-03-01 13:59:58")
    second = desk.start("b2")
    desk.at("2026-03-01 14:00:04", second)
    assert desk.rows("b")[-1] == "03-01 14:00 skipped:broken"


def test_new_tzdata_is_taken_up_by_a_running_beat_and_nothing_is_lost(  # D21
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.declare("{ cron = '0 14 * * *', timezone = 'Europe/Berlin' }")
    beat = desk.start()
    stamps = {"Europe/Berlin": (1, 1, 1)}
    monkeypatch.setattr(zones, "_stamp_of", stamps.get)
    beat.beat._zones._find = stamps.get
    beat.wait(31.0)
    stamps["Europe/Berlin"] = (2, 1, 1)
    beat.wait(31.0)
    assert "action=tzdata" in beat.log
    desk.at("2026-03-01 13:00:00")
    assert desk.rows() == ["03-01 13:00 fired"]


def test_a_host_that_moves_to_another_zone_is_followed_at_a_reload_only(  # D20
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "TZ", "UTC")
    desk.declare("'0 14 * * *'", head="")
    beat = desk.start()
    monkeypatch.setitem(os.environ, "TZ", "Europe/Berlin")
    beat.wait(31.0)
    assert beat.log.count("action=zone") == 1
    desk.at("2026-03-01 13:00:00")
    assert desk.rows() == []
    beat.take_up()
    desk.at("2026-03-01 14:00:00")
    assert desk.rows() == []
    desk.at("2026-03-02 13:00:00")
    assert desk.rows() == ["03-02 13:00 fired"]


def test_what_others_change_costs_no_new_walk_through_the_instants(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever somebody enables or declares, every beat publishes again: inside a worker, between two jobs."""
    desk.declare(*["'*/5 * * * *'"] * 5)
    beat = desk.start()
    walks = []
    upcoming = ByCron.upcoming

    def counted(self: ByCron, after_ms: int, zone: tzinfo, origin_ms: int) -> Iterator[Due]:
        walks.append(self)
        return upcoming(self, after_ms, zone, origin_ms)

    monkeypatch.setattr(ByCron, "upcoming", counted)
    desk.order(desk.store.verbs.disable(["a"], {"by": "ann"}))
    desk.at("2026-03-01 12:00:30")
    assert beat.beat.timetable.entries["a"].state.disabled
    assert walks == []
    desk.at("2026-03-01 12:05:01")
    assert (desk.rows("a"), desk.rows("b")) == (["03-01 12:05 skipped:disabled"], ["03-01 12:05 fired"])


def test_a_thousand_schedules_are_taken_up_in_slices(desk: Desk) -> None:
    desk.write("".join(f"[tasks.t{number}]\nrun = 'true'\nschedule = '@daily'\n" for number in range(1000)))
    beat = desk.start()
    assert len(desk.schedules.names()) == 1000
    assert beat.turns > 100, "each turn of the loop reads and publishes a few"
