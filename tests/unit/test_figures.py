"""Figures of ended jobs, and failures grouped by error."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from qctl.cli.screens import figures as screens
from qctl.cli.terminal import Look
from qctl.model.cells import width
from qctl.model.ending import Ending
from qctl.model.error_groups import ErrorGroup, cause, error_group_view, group_errors
from qctl.model.tally import Spread, most_failing, percentile, slow_view, slowest, tallies, tally, tally_view
from tests.unit.jobs_at_hand import ASCII, HOUR, MINUTE, NARROW, NOW_MS, PIPE

GOOD = Ending("j0", "backup", "batch", "succeeded", "", NOW_MS - MINUTE, "db1", 2000, 60_000, 0)
BAD = Ending(
    *("j1", "import", "default", "failed", "exit", NOW_MS - 8 * MINUTE, "web1", 1000, 500, 22, None),
    *("exit", "curl: (22) error: 503"),
)
CANCELLED = Ending("j2", "import", "default", "cancelled", "by_user", NOW_MS - HOUR, "", None, None)


def others(one: Ending, **more: Any) -> Ending:
    return one._replace(**more)


def test_failures_that_differ_in_numbers_only_are_one_error() -> None:
    same = [others(BAD, id=f"k{n}", error_message=f"curl: ({n}) error: {n}", task="feed") for n in range(3)]
    first, second = group_errors([*same, BAD, GOOD, CANCELLED, others(BAD, exit_code=1, id="other")])
    assert (first.count, first.tasks, first.newest.id) == (4, ("feed", "import"), "k0")
    assert (second.count, second.newest.id) == (1, "other"), "another exit code is another error"
    assert first.fingerprint == second.fingerprint, "it is that of the message alone, as in a job"


def test_commands_are_told_by_their_first_words_where_all_have_one_task() -> None:
    commands = [
        others(BAD, id=f"k{n}", task="adhoc", command=said) for n, said in enumerate(["rsync -a", "tar cf " + "a" * 90])
    ]
    (group,) = group_errors(commands)
    assert (group.tasks, len(group.titles)) == (("adhoc",), 2)
    line = " ".join(screens.errors([group], "since 24h", "the-server", PIPE))
    assert "rsync -a, tar cf aaa" in line
    assert "adhoc" not in line
    assert max(map(len, group.titles)) == 40


def test_a_workflow_that_failed_for_a_step_is_no_error_beside_the_steps() -> None:
    whole = others(BAD, id="w", task="nightly", error_type="", error_message="", by_its_steps=True)
    timed_out = others(whole, id="v", outcome="timeout", by_its_steps=False)
    assert [group.newest.id for group in group_errors([whole, BAD, timed_out])] == ["j1", "v"]


@pytest.mark.parametrize("field", ["outcome", "reason", "exit_code", "signal", "error_type"])
def test_what_must_be_alike(field: str) -> None:
    other = {"outcome": "lost", "reason": "crashed", "exit_code": 1, "signal": 9, "error_type": "X"}[field]
    assert len(group_errors([BAD, others(BAD, **{field: other})])) == 2
    assert len(group_errors([BAD, others(BAD, task="other", queue="x", worker="y")])) == 1


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (BAD, "exit 22"),
        (others(BAD, outcome="timeout", reason="timeout", signal=9), "timeout"),
        (others(BAD, reason="signal", exit_code=None, signal=9), "signal 9 SIGKILL"),
        (others(BAD, reason="oom", exit_code=None, signal=9), "out of memory"),
        (others(BAD, reason="exception", error_type="ValueError", exit_code=1), "ValueError"),
        (others(BAD, reason="unknown_task", exit_code=None), "unknown task"),
        (others(BAD, outcome="lost", reason="worker_lost", exit_code=None), "worker lost"),
        (others(BAD, reason="", exit_code=None), "failed"),
    ],
)
def test_a_cause_is_said_in_a_few_words(ending: Ending, said: str) -> None:
    assert cause(ending) == said


def test_an_error_in_json_names_an_example_and_the_next_command() -> None:
    (group,) = group_errors([BAD])
    assert error_group_view(group) == {
        "schema": "qctl.error_group/1",
        "fingerprint": group.fingerprint,
        "type": "exit",
        "message": "curl: (22) error: 503",
        "outcome": "failed",
        "reason": "exit",
        "exit_code": 22,
        "signal": None,
        "count": 1,
        "last_at": "2026-11-22T13:54:11.000Z",
        "tasks": ["import"],
        "example": "j1",
        "next": "qctl show j1",
    }


@pytest.mark.parametrize(
    ("ordered", "p50", "p95"),
    [([], None, None), ([7], 7, 7), ([1, 2], 1, 2), (list(range(1, 101)), 50, 95), (list(range(1, 21)), 10, 19)],
)
def test_percentiles_are_values_that_were_measured(ordered: list[int], p50: int | None, p95: int | None) -> None:
    assert (percentile(ordered, 50), percentile(ordered, 95)) == (p50, p95)


def test_a_tally_counts_outcomes_and_spreads_what_is_known() -> None:
    found = tally("all", [GOOD, BAD, CANCELLED, GOOD])
    assert (found.jobs, found.failures, found.success_percent) == (4, 1, 50.0)
    assert found.wait == Spread(p50=2000, p95=2000)
    assert found.run == Spread(p50=60_000, p95=60_000)
    view = tally_view(found)
    assert view["outcomes"] == {
        "succeeded": 2,
        "failed": 1,
        "timeout": 0,
        "cancelled": 1,
        "expired": 0,
        "skipped": 0,
        "lost": 0,
    }
    assert view["run_s"] == {"p50": 60.0, "p95": 60.0}
    nothing = tally_view(tally("all", []))
    assert (nothing["jobs"], nothing["success_percent"], nothing["wait_s"]) == (0, None, {"p50": None, "p95": None})


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("task", [("import", 2), ("backup", 1)]),
        ("queue", [("default", 2), ("batch", 1)]),
        ("worker", [("db1", 1), ("none", 1), ("web1", 1)]),
        ("day", [("2026-11-22", 3)]),
    ],
)
def test_tallies_come_with_most_jobs_first(by: str, names: list[tuple[str, int]]) -> None:
    assert [(each.name, each.jobs) for each in tallies([GOOD, BAD, CANCELLED], by)] == names


def test_days_are_those_of_the_zone_in_their_order() -> None:
    early = others(GOOD, ended_ms=NOW_MS - 10 * HOUR)
    days = tallies([GOOD, early], "day", timezone(timedelta(hours=-5)))
    assert [each.name for each in days] == ["2026-11-21", "2026-11-22"]


def test_the_slowest_and_the_most_failing_stand_out() -> None:
    quick = [others(GOOD, id=f"q{n}", run_ms=n) for n in range(9)]
    assert [one.id for one in slowest([*quick, GOOD, CANCELLED], 3)] == ["j0", "q8", "q7"]
    assert slow_view(GOOD)["run_s"] == 60.0
    failing = most_failing([GOOD, BAD, others(BAD, task="x"), others(BAD, task="x"), CANCELLED])
    assert [(each.name, each.failures, each.jobs) for each in failing] == [("x", 2, 2), ("import", 1, 2)]


def all_lines(look: Look) -> list[str]:
    evil = "\x1b]0;owned\x07 \u202e" + "m" * 200
    endings = [GOOD, BAD, CANCELLED, *(others(BAD, task=f"task-{n}" * 9, error_message=evil) for n in range(4))]
    parts = [replace(each, name=each.name * 3) for each in tallies(endings, "task")]
    lines = screens.errors(group_errors(endings), "since 24h", "unix:///srv/" + "s" * 40, look)
    lines += screens.errors([], "since 24h", "the-server", look)
    lines += screens.stats(
        tally("all", endings), "task", parts, slowest(endings), most_failing(endings), "7 jobs", look
    )
    return lines + screens.stats(tally("all", []), None, [], [], [], "since 24h", look)


@pytest.mark.parametrize("look", [NARROW, ASCII, Look(now_ms=NOW_MS, width=60)], ids=["80", "ascii", "60"])
def test_no_line_is_wider_than_the_terminal_and_none_drives_it(look: Look) -> None:
    lines = all_lines(look)
    assert [line for line in lines if width(line) > (look.width or 0)] == []
    assert not [line for line in lines if not line.isprintable()]
    assert look.unicode or "".join(lines).isascii()


def test_errors_are_a_table_with_the_next_command_below() -> None:
    groups = [ErrorGroup(fingerprint="1234abcd", newest=BAD, count=1203, tasks=("import", "feed"))]
    shown = screens.errors(groups, "since 24h", "the-server", PIPE)
    assert [" ".join(line.split()) for line in shown] == [
        "COUNT LAST CAUSE MESSAGE TASKS EXAMPLE",
        "1,203 8m exit 22 curl: (22) error: 503 import, feed j1",
        "1 error, 1,203 failures since 24h · the-server · why: qctl show j1",
    ]


def test_stats_fit_a_screen() -> None:
    endings = [others(GOOD, id=f"j{n}", task=f"t{n % 6}") for n in range(50)] + [
        others(BAD, task=f"t{n}") for n in range(6)
    ]
    shown = screens.stats(tally("all", endings), None, [], slowest(endings), most_failing(endings), "56 jobs", NARROW)
    assert len(shown) < 24
    assert shown[:3] == [
        "56 jobs · 89.3 % ok",
        "50 succeeded · 6 failed",
        "wait p50 2s, p95 2s · run p50 1m, p95 1m",
    ]
