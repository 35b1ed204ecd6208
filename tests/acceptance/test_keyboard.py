"""What is typed while `qctl` draws at the foot of a terminal: it breaks no line, and the terminal is left as it was."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator

import pytest
from redis import Redis

from qctl.store import open_store
from tests.support import Home, PrivateRedis, eventually
from tests.support.store_seed import SeedWorker, a_job, submit
from tests.support.terminal import Terminal

TASKS = """
[tasks.sleeper]
run = "exec sleep 60"
"""
WAIT = ("wait", "0run1234")
WATCH = ("ps", "-w")
BASH = ["bash", "--norc", "--noprofile", "--noediting", "-i"]


@pytest.fixture(scope="module")
def site(redis_server: PrivateRedis) -> Iterator[Home]:
    """A job that runs for ever, as far as its worker says."""
    home = Home(redis_server.url, "keyboard")
    home.write("tasks.toml", TASKS)
    store = open_store(redis_server.url, "keyboard")
    submit(store, a_job("0run1234", "sleeper", b'{"task":"sleeper"}'))
    SeedWorker(store).register().claim(1)
    store.close()
    yield home
    assert home.remove() == []


def opened(site: Home, *words: str) -> Terminal:
    terminal = Terminal(site, *words)
    terminal.wait_for("sleeper")
    eventually(lambda: not terminal.shows_what_is_typed, within=15.0)
    return terminal


@pytest.mark.parametrize("words", [WAIT, WATCH], ids=["wait", "ps -w"])
def test_enter_and_letters_break_no_line_of_what_is_drawn(site: Home, words: tuple[str, ...]) -> None:
    terminal = opened(site, *words)
    before = len(terminal.read())
    terminal.press(b"xyz\r\rzyx\r")
    terminal.resize(40)
    eventually(lambda: "\x1b[" in terminal.read()[before:], within=15.0)  # it was drawn again, to fit
    assert "xyz" not in terminal.screen
    assert "zyx" not in terminal.screen
    terminal.press(b"\x03")
    terminal.end()


@pytest.mark.parametrize(
    ("ends", "code"),
    [(b"\x03", 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)],
    ids=["Ctrl-C", "TERM", "HUP"],
)
@pytest.mark.parametrize("words", [WAIT, WATCH], ids=["wait", "ps -w"])
def test_the_terminal_shows_again_what_is_typed_however_it_is_left(
    site: Home, words: tuple[str, ...], ends: bytes | int, code: int
) -> None:
    terminal = opened(site, *words)
    if isinstance(ends, bytes):
        terminal.press(ends)
    else:
        os.kill(terminal.process.pid, ends)
    eventually(lambda: terminal.shows_what_is_typed, within=15.0)
    assert terminal.end() == code


def test_ctrl_backslash_leaves_a_list_that_is_watched_and_the_terminal_as_it_was(site: Home) -> None:
    terminal = opened(site, *WATCH)
    terminal.press(b"\x1c")
    eventually(lambda: terminal.shows_what_is_typed, within=15.0)
    assert terminal.end() == -signal.SIGQUIT


def test_the_terminal_is_as_it_was_at_the_end_of_a_wait_that_gives_up(site: Home) -> None:
    terminal = Terminal(site, *WAIT, "--timeout", "500ms")
    terminal.wait_for("qctl wait 0run1234")
    eventually(lambda: terminal.shows_what_is_typed, within=15.0)
    assert terminal.end() == 75


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(("words", "last"), [(WAIT, "Ctrl-C"), (WATCH, "1 running")], ids=["wait", "ps -w"])
def test_ctrl_z_gives_the_terminal_back_and_fg_draws_anew_below(
    site: Home, redis_server: PrivateRedis, words: tuple[str, ...], last: str
) -> None:
    """In a real shell with job control. In the background nothing is drawn over what one types there."""
    shell = Terminal(site, command=BASH, extra={"PS1": "prompt> ", "NO_COLOR": "1"})
    shell.wait_for("prompt> ")
    shell.press(f"{sys.executable} -m qctl {' '.join(words)}\r".encode())
    shell.wait_for("running")
    for sent_on in (False, True):
        eventually(lambda: not shell.shows_what_is_typed, within=15.0)
        shell.press(b"\x1a")
        eventually(lambda: shell.shows_what_is_typed and "Stopped" in shell.read(), within=15.0)
        begin = len(shell.read())
        if sent_on:
            shell.press(b"bg; echo it-$((40 + 2))\r")
            shell.wait_for("it-42")
            several_looks(redis_server)
            assert "\x1b[" not in shell.read()[begin:]
            assert shell.shows_what_is_typed
        shell.press(b"fg\r")
        drawn = up_to(last, shell, begin)
        assert "\x1b[" not in drawn, "it goes up into what others have written there"
    shell.press(b"\x03")
    eventually(lambda: shell.shows_what_is_typed, within=15.0)
    shell.press(b"exit 7\r")
    assert shell.end() == 7


def up_to(text: str, terminal: Terminal, begin: int) -> str:
    """What came from there on before a text came."""
    eventually(lambda: text in terminal.read()[begin:], within=15.0)
    return terminal.read()[begin:].partition(text)[0]


def several_looks(server: PrivateRedis) -> None:
    """Wait until Redis was asked so much that a list was looked at more than once."""
    with Redis.from_url(server.url) as client:
        before = client.info("stats")["total_commands_processed"]
        eventually(lambda: client.info("stats")["total_commands_processed"] > before + 40, within=60.0, every=0.1)
