"""Schedules and their past as people see them: lines that fit, and nothing that drives the terminal."""

from __future__ import annotations

import unicodedata
from datetime import UTC
from typing import Any

import pytest

from qctl.cli.screens import schedules as screens
from qctl.cli.screens import upcoming
from qctl.cli.terminal import Look
from qctl.model.cells import width
from tests.unit.hostile_world import upcoming_of
from tests.unit.jobs_at_hand import ASCII, NARROW, NOW_MS, PIPE, WIDE

SERVER = "unix:///home/ana/.local/state/qctl/redis.sock (embedded)"
ITEM: dict[str, Any] = {
    "name": "backup-db",
    "task": "backup-db",
    "schedule": "30 2 * * *",
    "timezone": "Europe/Paris",
    "hosts": [],
    "jitter_s": 300.0,
    "next_at": "2026-11-23T01:30:00.000Z",
    "standing": "on time",
    "why": None,
    "drift": None,
    "disabled": None,
    "last": {
        "at": "2026-11-22T13:00:00.000Z",
        "state": "ended",
        "outcome": "succeeded",
        "attempt": 1,
        "exit_code": 0,
        "run_s": 1070.0,
    },
}
HOSTILE = "x\x1b[2J\u202e" + "y" * 60
ROW: dict[str, Any] = {
    "schedule": "backup-db",
    "at": "2026-11-22T13:00:00.000Z",
    "end": "fired",
    "job": "7kq2f8wz",
    "state": "ended",
    "outcome": "failed",
    "exit_code": 22,
    "run_s": 2.0,
    "note": None,
    "count": 1,
    "since": None,
    "recorded_at": "2026-11-22T13:05:00.000Z",
    "turn": 0,
    "manual": False,
}
ITEMS = [
    ITEM,
    ITEM | {"standing": "late", "why": "due 4m ago, and not fired", "hosts": ["web1", "web2"]},
    ITEM | {"standing": "missed", "why": "3 instants missed, the last 1h ago", "name": HOSTILE, "schedule": HOSTILE},
    ITEM | {"standing": "waiting", "drift": "no beat has taken it up", "last": None, "next_at": None},
    ITEM
    | {
        "standing": "off",
        "disabled": {"by": "ana@db1", "reason": HOSTILE, "at": None, "until": "2026-11-22T15:00:00.000Z"},
    },
]
ROWS = [
    ROW,
    ROW | {"end": "skipped:overlap", "note": HOSTILE},
    ROW | {"end": "missed", "job": None, "count": 1234, "since": "2026-11-20T13:00:00.000Z", "turn": 1},
    ROW | {"end": "open", "recorded_at": None, "job": None, "outcome": None, "state": None},
]


def all_screens(look: Look) -> list[str]:
    return [
        *screens.schedules(ITEMS, SERVER, look),
        *screens.schedules([], SERVER, look),
        *screens.missed(ROWS, SERVER, look),
        *screens.missed([], SERVER, look),
        *screens.history(ROWS, SERVER, look),
    ]


@pytest.mark.parametrize("look", [NARROW, WIDE, ASCII, Look(now_ms=NOW_MS, width=40)], ids=["80", "120", "ascii", "40"])
def test_no_line_is_wider_than_the_terminal(look: Look) -> None:
    assert [line for line in all_screens(look) if width(line) > (look.width or 0)] == []


@pytest.mark.parametrize("look", [NARROW, WIDE, ASCII, PIPE], ids=["80", "120", "ascii", "pipe"])
def test_nothing_of_others_drives_the_terminal(look: Look) -> None:
    for line in all_screens(look):
        plain = line.replace("\x1b[", "", 0) if not look.colour else line
        bad = [sign for sign in plain if unicodedata.category(sign) in ("Cc", "Cf") and sign != "\x1b"]
        assert bad == [], line
        assert "\x1b[2J" not in line
    if look is ASCII:
        assert all(line.isascii() for line in all_screens(look))


def test_the_last_run_is_a_sign_a_time_and_how_it_went() -> None:
    look = PIPE
    last = ITEM["last"]

    def said(**more: Any) -> str:
        return screens.last_cell(last | more, look).text

    assert said() == "✔ 13:00 17m50s"
    assert said(outcome="failed", exit_code=22) == "✗ 13:00 exit 22"
    assert said(outcome="timeout") == "✗ 13:00 timeout"
    assert said(outcome="cancelled") == "⊘ 13:00 cancelled"
    assert said(outcome=None, state="running", run_s=None) == "● 13:00 running"
    assert said(outcome=None, state="scheduled", attempt=1) == "↻ 13:00 retrying"
    assert said(outcome=None, state="queued", attempt=0) == "○ 13:00 queued"
    assert said(at="2026-11-01T00:00:00.000Z").startswith("✔ 1 Nov ")
    assert screens.last_cell(None, look).text == "–"


def test_a_narrow_listing_of_what_is_next_still_says_how_the_last_runs_went() -> None:
    shown = upcoming_of("import-feed")
    last = ITEM["last"] | {"outcome": "failed", "exit_code": 22}
    known = {one.schedule.name: ITEM | {"last": last} for one in shown}
    title, row, *_ = upcoming.table(shown, UTC, Look(now_ms=NOW_MS, width=40), known=known)
    assert title.split() == ["WHEN", "TASK", "LAST"]
    assert "✗ 13:00" in row


def test_what_is_not_as_it_should_be_is_explained_once_below_the_table() -> None:
    lines = screens.schedules([ITEM | {"name": f"t{n}", "drift": "not declared here"} for n in range(9)], SERVER, PIPE)
    assert "t0, t1, t2, t3, t4 and 4 more: not declared here" in lines
    assert all("HOST" not in line for line in lines)
    assert "HOST" in screens.schedules(ITEMS, SERVER, WIDE)[0]


def test_an_instant_that_another_run_stands_for_has_no_time_of_its_own() -> None:
    """The run that stands for it tells its time and its end, in a row of its own."""
    merged = ROW | {"end": "merged", "run_s": 12.0, "outcome": "succeeded"}
    (_, row, *_) = screens.history([merged], SERVER, WIDE)
    assert "12s" not in row
