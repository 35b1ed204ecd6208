"""What systemd is told, and what happens when it does not listen."""

from __future__ import annotations

import os
import select
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.engine.watchdog import Watchdog


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(os.fspath(tmp_path / "notify"))
        yield listening


def test_the_watchdog_is_fed_twice_in_its_interval(systemd: socket.socket) -> None:
    watchdog = Watchdog({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "4000000"})

    assert watchdog.next_due() < 100.0
    watchdog.run_once(100.0)

    assert systemd.recv(64) == b"WATCHDOG=1"
    assert watchdog.next_due() == 102.0


def test_a_systemd_that_does_not_listen_holds_no_worker_up(systemd: socket.socket) -> None:
    """The loop that says so renews the lease too."""
    watchdog = Watchdog({"NOTIFY_SOCKET": systemd.getsockname()})
    signal.alarm(10)  # ends a test that waits
    try:
        for _ in range(10_000):
            watchdog.say("STATUS=busy")
    finally:
        signal.alarm(0)

    assert select.select([systemd], [], [], 0)[0]
