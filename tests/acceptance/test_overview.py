"""Bare `qctl`: the state of the world on one screen, in a bounded time, without starting anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from qctl.cli.deadline import within
from qctl.cli.table import BY_NAME
from qctl.errors import TryAgain
from tests.support import Home, PrivateRedis, eventually
from tests.support.terminal import Terminal, plain

TASKS = "".join(
    f"[tasks.task-{number}]\ndoc = 'The {number}th of many tasks, with a line that does not fit on a screen of 80'\n"
    f"run = 'exec sleep 60'\n"
    for number in range(12)
)
FAILS = "[tasks.fails]\nrun = 'exit 22'\n[tasks.broken]\nrun = 3\n[tasks.asks]\nrun = 'true'\nparams.p = {}\n"


def document(home: Home, *words: str) -> dict[str, Any]:
    answer = home.run(*words, "-o", "json")
    assert (answer.code, answer.stderr) == (0, ""), answer
    found: dict[str, Any] = json.loads(answer.stdout)
    assert found["schema"] == "qctl.overview/1"
    return found


def test_where_nothing_is_set_up_it_says_what_to_do_first(home: Home) -> None:
    answer = home.run()
    assert (answer.code, answer.stderr) == (0, "")
    assert "nothing is set up here yet" in answer.stdout
    assert document(home)["next"] == ["qctl init", "qctl run -- COMMAND", "qctl doctor", "qctl --help"]
    assert list(home.state.parent.iterdir()) == []
    assert home.run("--help").stdout != answer.stdout


def test_a_file_without_a_server_is_shown_and_no_server_is_started(home: Home) -> None:
    home.write("tasks.toml", FAILS)
    found = document(home)
    assert ([task["name"] for task in found["tasks"]], found["server"]) == (["asks", "broken", "fails"], None)
    assert found["problem"].startswith("tasks.toml:4:7: ")
    assert found["next"] == ["qctl check", "qctl up -d", "qctl run fails --wait", "qctl doctor"]
    assert home.run("-q").stdout == "asks\nbroken\nfails\n"
    assert list(home.state.parent.iterdir()) == []


@pytest.fixture
def site(shared_home: Home) -> Home:
    """A folder with more tasks than a screen shows."""
    shared_home.write("tasks.toml", FAILS + TASKS)
    return shared_home


def test_all_there_is_fits_a_screen_of_80_by_24(site: Home) -> None:
    site.start("worker", "-c", "8", "--name", "one")
    eventually(lambda: "idle" in site.run("worker", "list").stdout, within=15.0)
    for _ in range(5):
        site.run("run", "--wait", "fails")
    for _ in range(6):
        site.run("run", "-q", "task-1", "-p", "9")
    site.run("run", "-q", "task-2", "-Q", "a-queue", "--in", "1h")
    eventually(lambda: document(site)["running_total"] == 6, within=15.0)

    found = document(site)
    assert (found["running_total"], len(found["running"]), found["scheduled"]) == (6, 4, 1)
    assert (found["failed_last_day"], {job["exit_code"] for job in found["failed"]}) == (5, {22})
    assert [each["label"] for each in found["workers"]] == ["one"]
    terminal = Terminal(site)
    assert terminal.end() == 0
    lines = plain(terminal.screen)
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    shown = "\n".join(lines)
    for part in ("asks", "more: qctl task list", "task-1", "and 3 more: qctl ps", "5 in the last day", "exit 22"):
        assert part in shown, shown
    for command in found["next"]:
        assert f"  {command}" in shown
        assert command == "qctl --help" or BY_NAME[command.split()[1]].module


def test_a_server_that_says_nothing_or_is_away_is_told_in_a_bounded_time(
    shared_home: Home, redis_server: PrivateRedis
) -> None:
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        found = document(shared_home, "--redis-timeout", "0.3s")
        assert "no answer within 0.3 s" in found["server_problem"]
        assert f"from {redis_server.url}" in found["server_problem"]
        assert found["next"][0] == "qctl doctor"
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    away = shared_home.run("--redis", "redis://me:hunter2@127.0.0.1:1/0")
    assert (away.code, "cannot reach Redis" in away.stdout, "hunter2" in away.stdout) == (0, True, False)


def test_what_never_answers_is_given_up() -> None:
    answer = threading.Event()
    with pytest.raises(TryAgain, match=r"no answer within 0\.01 s"):
        within(0.01, answer.wait)
    answer.set()
    assert within(60.0, lambda: 3) == 3


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_is_raised_meanwhile_is_raised_here(error: type[BaseException]) -> None:
    def ask() -> None:
        raise error

    failing: Callable[[], None] = ask
    with pytest.raises(error):
        within(60.0, failing)


def test_a_broken_file_is_told_with_what_is_still_known(shared_home: Home) -> None:
    shared_home.write("tasks.toml", "[qctl\n")
    found = document(shared_home)
    assert "not TOML" in found["problem"]
    assert found["server"] is not None
    assert found["next"][0] == "qctl check"


def test_it_loads_neither_parser_nor_terminal_library(home: Home) -> None:
    program = (
        "import sys; from qctl.cli.main import run; run([]); "
        "print({m.split('.')[0] for m in sys.modules} & {'typer', 'click', 'rich', 'redis'})"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=home.environment(), check=True
    )
    assert ended.stdout.splitlines()[-1] == "set()"


def test_it_refuses_a_format_that_it_does_not_write(home: Home) -> None:
    answer = home.run("-o", "tsv")
    assert (answer.code, "`qctl` writes table, wide, json" in answer.stderr) == (2, True)
