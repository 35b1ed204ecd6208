"""What bare `qctl` draws."""

from __future__ import annotations

from qctl.cli.screens.overview import Overview, overview
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
