"""`-w` on lists: drawn anew in place on a terminal, and in a pipe a line for each change."""

from __future__ import annotations

import json
import signal

import pytest

from qctl.store import Store
from tests.support import Home
from tests.support.store_seed import SeedWorker
from tests.support.terminal import Terminal, plain
from tests.support.waiting import eventually

HELLO = "[tasks.hello]\nrun = 'echo hello'\n"


@pytest.fixture
def site(shared_home: Home) -> Home:
    """A home with a task and no worker."""
    shared_home.write("tasks.toml", HELLO)
    return shared_home


def test_a_watched_list_in_a_pipe_tells_of_each_change_and_how_a_job_ended(site: Home, store: Store) -> None:
    job = site.run("run", "hello", "-q").stdout.strip()
    watched, objects = site.start("ps", "-w"), site.start("ps", "-w", "-o", "jsonl")
    watched.wait_for(f"{job} hello queued queue=default")
    objects.wait_for('"state": "queued"')
    worker = SeedWorker(store).register()
    claim = worker.take()
    watched.wait_for(f"{job} hello running worker=w1 attempt=1/1")
    objects.wait_for('"state": "running"')
    worker.complete(claim)
    watched.wait_for(f"{job} hello succeeded exit=0")
    objects.wait_for('"outcome": "succeeded"')
    store.do(store.verbs.unregister(worker.id))
    ended = watched.stop(signal.SIGINT)
    assert (ended.code, len(ended.stdout.splitlines())) == (130, 3)
    items = [json.loads(line) for line in objects.stop(signal.SIGINT).stdout.splitlines()]
    assert [item["state"] for item in items] == ["queued", "running", "ended"]


def test_a_watched_list_on_a_terminal_is_drawn_in_its_place_and_stays(site: Home) -> None:
    """Nothing is wider than the terminal, nothing scrolls, and what has not changed is not sent again."""
    site.run("run", "hello", "-q")
    site.run("group", *["hello"] * 2)
    terminal = Terminal(site, "queue", "list", "--watch", columns=40)
    terminal.wait_for("1 queue")
    site.run("queue", "pause", "default", "--reason", "moving")
    eventually(lambda: "\x1b[2K" in terminal.read() or "PAUSED" in terminal.screen, within=15.0)
    terminal.press(b"\x03")
    assert terminal.end() == 130
    lines = plain(terminal.screen)
    assert max(map(len, lines)) <= 40
    assert "\x1b[2J" not in terminal.screen
    site.run("queue", "resume", "default")


@pytest.mark.parametrize("words", ["ps", "queue list", "schedule list"])
def test_a_watch_is_no_document(site: Home, words: str) -> None:
    answer = site.run(*words.split(), "-w", "-o", "json")
    assert answer.code == 2
    assert f"qctl {words} -w -o jsonl" in answer.stderr
