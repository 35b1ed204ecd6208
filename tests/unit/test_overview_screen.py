"""What bare `qctl` draws."""

from __future__ import annotations

from dataclasses import replace

from qctl.cli.screens.overview import Overview, overview
from qctl.model.cells import width
from tests.unit.jobs_at_hand import NARROW

LONG = "qctl run a-task-with-a-rather-long-name --wait"


def test_what_the_advised_commands_are_for_stands_in_one_column_however_long_they_are() -> None:
    for first in ("qctl init", LONG):
        advice = [(first, "the first"), ("qctl doctor", "is all well?"), ("qctl --help", "all there is")]
        lines = overview(Overview("", [], None, "none runs", "", advice), NARROW)[-3:]
        begins = {line.index(why) for line, (_, why) in zip(lines, advice, strict=True)}
        assert len(begins) == 1
        assert begins.pop() > len(f"  {first} ")
        assert all(line.startswith("  qctl ") for line in lines)


def test_a_command_as_wide_as_the_screen_takes_from_no_other_what_it_is_for() -> None:
    longest = f"qctl run {'a' * 60}"
    advice = [(longest, "the first"), ("qctl doctor", "is all well?")]

    assert overview(Overview("", [], None, "none runs", "", advice), NARROW)[-2:] == [
        f"  {longest}",
        f"  {'qctl doctor':<28}  is all well?",
    ]


def test_on_a_narrow_screen_nothing_is_cut_and_a_reason_without_room_is_left_out() -> None:
    task = {"name": "nightly-backup", "summary": "Pack a folder, and verify the archive against it", "usable": True}
    advice = [("qctl check", "what is wrong in tasks.toml"), ("qctl ps", "what waits and runs")]
    problem = "tasks.toml:5:1: unknown key `descripton`, did you mean `doc`?"
    lines = overview(Overview("/srv/tasks.toml", [task], None, "none runs", problem, advice), replace(NARROW, width=40))

    assert "…" not in "".join(lines)
    assert "           nightly-backup" not in lines
    assert "Tasks      nightly-backup" in lines
    assert problem in " ".join(" ".join(lines).split())
    assert lines[-2:] == ["  qctl check", "  qctl ps            what waits and runs"]
    assert all(width(line) <= 40 for line in lines)
