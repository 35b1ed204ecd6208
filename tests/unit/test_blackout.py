"""Windows in which nothing starts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from qctl.config import load
from qctl.model.blackout import BadWindow, read_window


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("22:00-06:00", ["2026-11-22 22:00", "2026-11-23 05:59"], ["2026-11-22 21:59", "2026-11-23 06:00"]),
        ("sat", ["2026-11-21 00:00", "2026-11-21 23:59"], ["2026-11-20 23:59", "2026-11-22 00:00"]),
        ("mon-fri 08:00-18:00", ["2026-11-23 08:00", "2026-11-27 17:59"], ["2026-11-22 12:00", "2026-11-23 18:00"]),
        ("sat,sun", ["2026-11-21 12:00", "2026-11-22 12:00"], ["2026-11-23 12:00"]),
        ("fri-mon", ["2026-11-20 12:00", "2026-11-23 12:00"], ["2026-11-24 12:00"]),
        ("fri 22:00-06:00", ["2026-11-20 22:00", "2026-11-21 05:00"], ["2026-11-20 05:00", "2026-11-21 22:00"]),
        ("2026-12-24..2026-12-26", ["2026-12-24 00:00", "2026-12-26 23:59"], ["2026-12-23 23:59", "2026-12-27 00:00"]),
        ("2026-12-24", ["2026-12-24 12:00"], ["2026-12-25 12:00"]),
        ("2026-12-24 18:00-24:00", ["2026-12-24 18:00"], ["2026-12-24 17:00", "2026-12-25 18:00"]),
    ],
)
def test_a_window_covers_what_it_says(window: str, inside: list[str], outside: list[str]) -> None:
    read = read_window(window)
    assert [read.covers(datetime.fromisoformat(each)) for each in inside] == [True] * len(inside)
    assert [read.covers(datetime.fromisoformat(each)) for each in outside] == [False] * len(outside)


@pytest.mark.parametrize(
    ("window", "meant"),
    [
        ("", ""),
        ("25:00-06:00", "25:00-06:00"),
        ("22-06", "22-06"),
        ("sa", "sa"),
        ("mon fri", "fri"),
        ("mon 8-18", "8-18"),
        ("08:00-08:00", "08:00-08:00"),
        ("2026-02-30", "2026-02-30"),
        ("2026-12-26..2026-12-24", "2026-12-26..2026-12-24"),
        ("mon tue 08:00-09:00", "mon tue 08:00-09:00"),
    ],
)
def test_a_wrong_window_is_refused_with_the_piece_that_is_meant(window: str, meant: str) -> None:
    with pytest.raises(BadWindow) as refused:
        read_window(window)
    assert refused.value.meant == meant


def test_check_finds_a_wrong_window(tmp_path: Path) -> None:
    file = tmp_path / "tasks.toml"
    file.write_text('[tasks.a]\nrun = "true"\nschedule = { cron = "@daily", blackout = ["sat", "25:00-06:00"] }\n')
    (problem,) = load(str(file)).problems
    assert (problem.code, problem.path) == ("Q021", ("tasks", "a", "schedule", "blackout", 1))
    assert "25:00" in problem.message
