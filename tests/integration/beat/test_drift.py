"""What becomes of a schedule when beats hold different definitions of it: that of the newest edit is in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import timetable
from tests.integration.beat.desk import Desk


def test_a_beat_with_an_older_file_stands_down_and_says_so(desk: Desk, tmp_path: Path) -> None:
    desk.declare("'0 13 * * *'")
    first = desk.start()
    other = tmp_path / "other.toml"
    desk.declare("'0 14 * * *'", file=other)
    second = desk.start("b2", other)
    desk.at("2026-03-01 14:00:00")
    assert desk.rows() == ["03-01 13:00 fired"]
    assert "action=drift" in second.log
    assert [*desk.state().drifting] == [second.beat.id]
    first.close()
    desk.end_jobs()
    desk.server.set("2026-03-01 14:01:00")  # the first is dead to the others by now
    for _ in range(8):
        second.wait()
    desk.at("2026-03-02 14:00:04", second)
    assert desk.rows()[-1] == "03-02 14:00 fired"


def test_the_beat_whose_file_was_edited_wins(desk: Desk, tmp_path: Path) -> None:
    desk.declare("'0 13 * * *'")
    first = desk.start()
    other = tmp_path / "other.toml"
    desk.declare("'0 13 * * *'", file=other)
    second = desk.start("b2", other)
    desk.declare("'0 14 * * *'", file=other)
    second.take_up()
    first.wait()
    desk.at("2026-03-01 13:00:04")
    desk.at("2026-03-01 14:00:04")
    assert desk.rows() == ["03-01 14:00 fired"]
    assert "action=drift" in first.log


def test_a_beat_with_an_old_file_does_not_bring_its_definition_back(  # R3
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever makes it read the file again: SIGHUP, an edit of something else in it, new tzdata."""
    desk.declare("{ cron = '0 13 * * *', timezone = 'Europe/Berlin' }")
    old = desk.start()
    other = tmp_path / "other.toml"
    desk.declare("{ cron = '0 13 * * *', timezone = 'Europe/Berlin' }", file=other)
    new = desk.start("b2", other)
    desk.declare("{ cron = '0 14 * * *', timezone = 'Europe/Berlin' }", file=other)
    new.take_up()
    stamps = {"Europe/Berlin": (1, 1, 1)}
    old.beat._zones._find = stamps.get
    old.wait(31.0)

    old.take_up()
    assert desk.state().hash == new.beat.timetable.entries["a"].schedule.hash
    desk.declare("{ cron = '0 13 * * *', timezone = 'Europe/Berlin' }", "'@daily'", head="# moved\ntimezone = 'UTC'")
    old.take_up()
    assert desk.schedules.names() == ["a", "b"]
    assert desk.state().hash == new.beat.timetable.entries["a"].schedule.hash
    monkeypatch.setattr(timetable, "zone_rules", lambda name: f"other rules of {name}")
    stamps["Europe/Berlin"] = (2, 1, 1)
    old.wait(31.0)
    assert "action=tzdata" in old.log
    assert desk.state().hash == new.beat.timetable.entries["a"].schedule.hash
    assert desk.state().publisher == new.beat.id

    desk.declare("{ cron = '0 15 * * *', timezone = 'Europe/Berlin' }", "'@daily'")
    old.take_up()
    assert desk.state().publisher == old.beat.id, "an edit of it is an edit"


def test_whom_a_task_notifies_is_new_to_other_beats_of_the_same_definition_too(desk: Desk) -> None:
    text = "[notify.{0}]\nrun = 'true'\n[tasks.a]\nrun = 'true'\nschedule = '@daily'\nnotify = ['{0}']\n"
    desk.write(text.format("ann"))
    first = desk.start()
    desk.start("b2")
    desk.write(text.format("bob"))
    first.take_up()
    assert desk.state().definition["notify"] == ["bob"]
