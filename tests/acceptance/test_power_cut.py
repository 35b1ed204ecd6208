"""What was to start while everything was off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import Home, eventually
from tests.support.faked_server import FakedServer

TASKS = """
[tasks.later]
run = 'echo "$QCTL_JOB_ID" >> WORK/runs'
"""


@pytest.fixture
def server() -> Iterator[FakedServer]:
    """A Redis that may lose its power: what it has acknowledged is on its disk."""
    server = FakedServer("--appendonly", "yes", "--appendfsync", "always")
    server.set("2026-03-01 12:00:00")
    server.start()
    yield server
    server.remove()


@pytest.fixture
def place(server: FakedServer, namespace: str) -> Iterator[Home]:
    home = Home(server.url, namespace)
    home.write("tasks.toml", TASKS.replace("WORK", str(home.work)))
    yield home
    assert home.remove() == [], "processes left running"


def test_a_job_whose_time_came_while_the_power_was_off_runs_once_and_tells_how_late(
    place: Home, server: FakedServer
) -> None:
    """C22: asked for in 300 s at 12:00, off from 12:01:40 for an hour."""
    job = place.run("run", "later", "--countdown", "300").stdout.strip()
    worker = place.start("worker", "-c", "1")
    eventually(lambda: "idle" in place.run("worker", "list").stdout, within=20.0)
    server.set("2026-03-01 12:01:40")
    server.kill()
    worker.kill()
    server.set("2026-03-01 13:01:40")
    server.start()

    again = place.start("worker", "-c", "1")
    eventually(lambda: facts(place, job)["state"] == "ended", within=30.0)

    assert facts(place, job)["outcome"] == "succeeded"
    assert 3400 <= facts(place, job)["wait_s"] < 3460
    assert (place.work / "runs").read_text().split() == [job]
    assert again.stop().code == 0


def facts(home: Home, job: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(home.run("show", job, "-o", "json").stdout)
    return found
