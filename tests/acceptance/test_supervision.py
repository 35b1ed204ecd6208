"""What systemd hears of a worker that it has started with Type=notify, and what its jobs hear of systemd."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Home, eventually
from tests.support.processes import look_at
from tests.support.systemd import NotifySocket

TASKS = """
[tasks.environment]
run = "env; echo given=$given"
params.given = { type = "str", default = "nothing", env = "NOTIFY_SOCKET" }

[tasks.gated]
run = 'while [ ! -e "$gate" ]; do sleep 0.05; done'
params.gate = { type = "path" }
"""
WATCHDOG = {"WATCHDOG_USEC": "400000"}  # a sign of life each 200 ms


@pytest.fixture
def systemd(site: Home) -> Iterator[NotifySocket]:
    listening = NotifySocket(site.folder / "run" / "notify")
    yield listening
    listening.close()


def supervised(socket: NotifySocket) -> dict[str, str]:
    return {"NOTIFY_SOCKET": socket.address, **WATCHDOG}


def test_a_worker_says_that_it_is_ready_alive_reloading_and_stopping(site: Home, systemd: NotifySocket) -> None:
    """Fault 83."""
    worker = site.start("worker", "-c", "1", env=supervised(systemd))
    systemd.wait_for("READY=1")
    systemd.wait_for("STATUS=working: 0 of 1 slots busy")
    systemd.wait_for("WATCHDOG=1", times=3)
    assert "idle" in site.run("worker", "list").stdout

    before = time.monotonic_ns() // 1000
    worker.send(signal.SIGHUP)
    systemd.wait_for("READY=1", times=2)
    said = systemd.lines
    began = next(line for line in said if line.startswith("MONOTONIC_USEC="))
    assert before <= int(began.partition("=")[2]) <= time.monotonic_ns() // 1000
    assert said.index("READY=1") < said.index("RELOADING=1") < len(said) - said[::-1].index("READY=1")

    assert worker.stop().code == 0
    systemd.wait_for("STOPPING=1")
    assert (systemd.lines.count("READY=1"), systemd.lines.count("STOPPING=1")) == (2, 1)


def test_a_worker_that_does_not_run_gives_no_sign_of_life(site: Home, systemd: NotifySocket) -> None:
    """The sign comes from the loop that renews the lease: nothing else goes on for it."""
    worker = site.start("worker", "-c", "1", env=supervised(systemd))
    systemd.wait_for("READY=1")

    worker.send(signal.SIGSTOP)
    eventually(lambda: (seen := look_at(worker.pid)) is not None and seen.state == "T")
    silent = systemd.is_silent_for(1.0)
    worker.send(signal.SIGCONT)

    assert silent
    systemd.wait_for("WATCHDOG=1", times=systemd.lines.count("WATCHDOG=1") + 1)


def test_a_reload_of_a_broken_file_is_over_as_well(site: Home, systemd: NotifySocket) -> None:
    worker = site.start("worker", "-c", "1", env=supervised(systemd))
    systemd.wait_for("READY=1")

    site.write("tasks.toml", "[tasks.broken\n")
    worker.send(signal.SIGHUP)

    systemd.wait_for("RELOADING=1")
    systemd.wait_for("READY=1", times=2)


def test_a_job_sees_nothing_of_systemds_socket(site: Home, systemd: NotifySocket) -> None:
    site.start("worker", "-c", "1", env=supervised(systemd))
    systemd.wait_for("READY=1")

    seen = site.run("run", "environment", "--wait").stdout

    assert "given=nothing" in seen
    assert "NOTIFY_SOCKET" not in seen
    assert "WATCHDOG" not in seen


def test_a_drain_is_told_and_a_job_that_is_finished_first_too(site: Home, systemd: NotifySocket) -> None:
    worker = site.start("worker", "-c", "1", "--name", "one", env=supervised(systemd))
    systemd.wait_for("READY=1")
    gate = site.work / "gate"
    site.run("run", "gated", f"gate={gate}")
    systemd.wait_for("STATUS=working: 1 of 1 slots busy")

    site.run("worker", "drain", "one")
    systemd.wait_for("STATUS=drained, takes no more jobs: 1 of 1 slots busy")
    worker.send(signal.SIGTERM)
    systemd.wait_for("STOPPING=1")
    systemd.wait_for("WATCHDOG=1", times=systemd.lines.count("WATCHDOG=1") + 2)  # it lives while it waits

    gate.touch()
    assert worker.wait() == 0


def test_up_in_the_foreground_speaks_over_a_socket_without_a_path(home: Home) -> None:
    """And the server that it starts, and a worker in the background, say nothing in its name."""
    home.write("tasks.toml", TASKS)
    systemd = NotifySocket(f"@qctl-test-{os.getpid()}-{Path(home.folder).name}")
    try:
        assert home.run("up", "-d", "--name", "apart", env=supervised(systemd)).code == 0
        assert systemd.is_silent_for(0.5)

        up = home.start("up", "--name", "front", env=supervised(systemd))
        systemd.wait_for("READY=1")
        assert up.stop().code == 0
        systemd.wait_for("STOPPING=1")
    finally:
        systemd.close()
        home.run("down")
