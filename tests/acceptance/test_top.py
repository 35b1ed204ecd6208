"""`qctl top` on a real terminal over a real instance: the walk, the sizes, Redis away, and every way out."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import Any

import pytest

from qctl.model.cells import width
from qctl.store import Store
from tests.acceptance.conftest import Draw
from tests.support import Home, PrivateRedis, eventually
from tests.support.full_screen import FullScreen
from tests.support.store_seed import a_job, submit

TASKS = """
[tasks.import-feed]
run = "echo 'curl: (22) error: 503' >&2; exit 22"

[tasks.sleeper]
run = "exec sleep 60"

[tasks.report]
run = "true"
schedule = "0 0 1 1 *"
"""
CRASHES = """
import qctl.tui.course as course
from qctl.cli.main import main
def press(self, key, character=None):
    raise ZeroDivisionError("a bug")
course.Course.press = press
main()
"""


@pytest.fixture
def opened(draw: Draw) -> FullScreen:
    """The screen of a server without a worker."""
    terminal = draw("--interval", "200ms")
    terminal.shows("1 Jobs", "q quit")
    return terminal


def of(home: Home, *words: str) -> Any:
    """What a command answers to programs."""
    return json.loads(home.run(*words, "-o", "json").stdout)


def test_the_walk_from_a_failure_to_what_runs_next_takes_eight_keys(site: Home, draw: Draw) -> None:
    """Finds the failing job, reads its error, retries it, pauses a queue, and reads what runs next."""
    worker = site.start("worker", "-B", "-c", "1")
    job = site.run("run", "import-feed", "--wait", "-q").stdout.strip() or of(site, "ps", "-a")["items"][0]["id"]
    terminal = draw("--interval", "200ms")
    terminal.shows("import-feed")
    terminal.keys("5")
    terminal.shows("5 Failures", "exit 22", "error: 503")
    terminal.press(b"\r")
    terminal.shows(job, "curl: (22) error: 503")
    terminal.keys("r")
    terminal.shows("again?", "[y/N]")
    terminal.keys("y")
    eventually(lambda: of(site, "show", job)["attempt"] == 2, within=20.0)
    terminal.keys("2")
    terminal.shows("2 Queues")
    terminal.keys("p")
    terminal.shows("pause queue default?")
    terminal.keys("y")
    terminal.shows("paused")
    assert [queue["paused"] for queue in of(site, "queue", "list")["items"] if queue["name"] == "default"] != [None]
    terminal.keys("4")
    terminal.shows("4 Schedule", "report")
    terminal.keys("q")
    assert terminal.end() == 0
    assert terminal.is_restored is True
    assert worker.stop().code == 0


def test_the_same_walk_takes_four_commands(site: Home) -> None:
    worker = site.start("worker", "-B", "-c", "1")
    job = site.run("run", "import-feed", "--wait", "-q").stdout.strip() or of(site, "ps", "-a")["items"][0]["id"]

    told = site.run("show", "@failed").stdout
    retried = site.run("retry", "@failed").stdout
    paused = site.run("queue", "pause", "default").stdout
    upcoming = site.run("schedule", "next").stdout

    assert [text for text in (job, "exit 22", "curl: (22) error: 503") if text not in told] == []
    assert "queued again" in retried
    assert "default: paused" in paused
    assert "report" in upcoming
    assert worker.stop().code == 0


@pytest.mark.parametrize("size", [(120, 40), (40, 10), (80, 24)])
def test_it_is_as_wide_as_its_terminal_also_when_that_is_made_another_size(
    draw: Draw, store: Store, size: tuple[int, int]
) -> None:
    submit(store, *[a_job(f"job{number}") for number in range(50)])
    terminal = draw(size=(90, 30))
    terminal.shows("job1 ")
    terminal.resize(*size)
    terminal.shows("job1 ", "q quit")
    eventually(lambda: "q quit" in terminal.lines()[size[1] - 1], within=20.0)
    assert max(map(width, terminal.lines())) == size[0] or size == (40, 10)
    terminal.keys("q")
    assert terminal.end() == 0


def test_redis_may_go_away_and_come_back(opened: FullScreen, redis_server: PrivateRedis, store: Store) -> None:
    redis_server.kill()
    opened.shows("cannot reach Redis")
    opened.keys("2")
    opened.shows("2 Queues")
    redis_server.start()
    opened.shows_no("cannot reach Redis")
    submit(store, "back")
    opened.keys("1")
    opened.shows("back ")


def test_nothing_at_all_is_sent_while_nothing_changes(opened: FullScreen, redis_client: Any) -> None:
    """Of ten looks at an instance at rest none may send a byte; the clock's minute and Redis's memory may change."""

    def looks() -> int:
        return int(redis_client.info("stats")["total_commands_processed"])

    def is_quiet() -> bool:
        before, begin = opened.received, looks()
        eventually(lambda: looks() > begin + 60, within=30.0)
        return opened.received == before

    eventually(is_quiet, within=60.0)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=lambda each: getattr(each, "name", "")
)
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(opened: FullScreen, number: int, code: int) -> None:
    os.kill(opened.process.pid, number)
    eventually(lambda: opened.is_restored, within=15.0)
    assert opened.end() == code


@pytest.mark.parametrize("key", [b"q", b"\x03", b"\x1b[21~"], ids=["q", "Ctrl-C", "F10"])
def test_it_is_left_by_the_keys_that_people_try(opened: FullScreen, key: bytes) -> None:
    opened.press(key)
    eventually(lambda: opened.is_restored, within=15.0)
    assert opened.end() == 0


def test_what_was_stopped_and_comes_back_is_drawn_whole_and_so_it_is_by_a_key(opened: FullScreen) -> None:
    before = opened.lines()
    opened.press(b"\x1a")
    eventually(lambda: opened.read().count("\x1b[?1049l") == 1, within=15.0)
    eventually(lambda: _state_of(opened.process.pid) == "T", within=15.0)
    os.kill(opened.process.pid, signal.SIGCONT)
    eventually(lambda: opened.read().count("\x1b[?1049h") == 2, within=15.0)
    opened.shows("qctl top", "1 Jobs", "q quit")
    assert opened.lines()[3:] == before[3:]
    drawn = opened.read().count("1 Jobs")
    opened.press(b"\x0c")
    eventually(lambda: opened.read().count("1 Jobs") > drawn, within=15.0)


def _state_of(process: int) -> str:
    """R, S, or T for one that is stopped."""
    with open(f"/proc/{process}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


def test_a_bug_restores_the_terminal_and_is_reported(draw: Draw) -> None:
    terminal = draw(program=("-c", CRASHES))
    terminal.shows("q quit")
    terminal.press(b"j")
    eventually(lambda: terminal.is_restored, within=15.0)
    assert terminal.end() == 70
    left = terminal.screen.rpartition("\x1b[?1049l")[2]
    assert "qctl has a bug: ZeroDivisionError: a bug" in left
    assert "the report is in" in left


def test_what_it_was_left_like_is_there_the_next_time_and_options_win_over_it(draw: Draw) -> None:
    terminal = draw()
    terminal.shows("q quit")
    terminal.keys("4>q")
    assert terminal.end() == 0
    terminal = draw()
    terminal.shows("4 Schedule", "⟳5s")
    terminal.keys("q")
    assert terminal.end() == 0
    terminal = draw("--query", "queue:batch", "--interval", "1s")
    terminal.shows("1 Jobs", "queue:batch", "⟳1s")
    terminal.keys("q")
    assert terminal.end() == 0


def test_to_read_only_no_key_is_shown_that_changes_anything(draw: Draw, store: Store) -> None:
    submit(store, "one")
    terminal = draw("--read-only")
    terminal.shows("one ", "q quit")
    assert "cancel" not in terminal.lines()[-1]
    terminal.keys("c")
    terminal.keys("?")
    terminal.shows("Keys")
    assert not [line for line in terminal.lines() if "[y/N]" in line or "cancel" in line]
    terminal.keys("q")
    assert terminal.end() == 0


def test_it_is_drawn_in_ascii_and_without_colours_where_that_is_asked_for(draw: Draw) -> None:
    terminal = draw(extra={"LC_ALL": "C", "NO_COLOR": "1"})
    terminal.shows("1 Jobs", "q quit")
    assert terminal.screen.isascii()
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7])[;m]", terminal.screen), (
        "39 and 49 are no colours"
    )
    terminal.keys("q")
    assert terminal.end() == 0


class TestLines:
    def test_one_picture_is_printed_where_there_is_no_terminal(self, site: Home, store: Store) -> None:
        submit(store, a_job("one", queue="batch"), "two")
        answer = site.run("top", "--once", "--query", "queue:batch")
        lines = answer.stdout.splitlines()
        assert (answer.code, answer.stderr) == (0, "")
        assert max(map(width, lines)) == 120
        assert [line for line in lines if " one " in line]
        assert not [line for line in lines if " two " in line]
        assert "\x1b" not in answer.stdout

    def test_without_a_terminal_what_changes_is_printed_until_nobody_reads(self, site: Home, store: Store) -> None:
        reading = site.start("top", "--interval", "200ms")
        reading.wait_for("1 Jobs")
        submit(store, "newcomer")
        reading.wait_for("newcomer")
        assert reading.stop(signal.SIGINT).code == 130

    def test_where_textual_is_not_installed_lines_are_printed(self, site: Home, draw: Draw) -> None:
        site.write("without/textual/__init__.py", "raise ModuleNotFoundError('no textual', name='textual')")
        terminal = draw(extra={"PYTHONPATH": str(site.work / "without")})
        terminal.wait_for("textual is not installed, so lines are printed")
        terminal.wait_for("1 Jobs")
        terminal.press(b"\x03")
        assert terminal.end() == 130


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-o", "json"], "qctl ps -o json"),
        (["--query", "stat:x"], "did you mean `state`?"),
        (["--interval", "10ms"], "--interval is 0.2s to 1h, not 10ms"),
        (["--interval", "soon"], "`soon` is no duration"),
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_drawn(site: Home, words: list[str], said: str) -> None:
    answer = site.run("top", *words)
    assert answer.code == 2
    assert said in answer.stderr + answer.stdout


def test_it_starts_no_server(home: Home) -> None:
    answer = home.run("top")
    assert answer.code == 69
    assert "qctl up -d" in answer.stderr
