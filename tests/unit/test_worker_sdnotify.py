"""How systemd is spoken to, and what happens when it does not listen."""

from __future__ import annotations

import math
import os
import select
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.engine.sdnotify import Notifier
from qctl.model.supervised import unsupervised


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(os.fspath(tmp_path / "notify"))
        yield listening


def test_what_is_said_at_once_is_one_message(systemd: socket.socket) -> None:
    Notifier(systemd.getsockname()).say("READY=1", "STATUS=working")

    assert systemd.recv(64) == b"READY=1\nSTATUS=working"


def test_a_socket_without_a_path_is_reached_and_an_at_sign_inside_a_path_is_none(tmp_path: Path) -> None:
    (tmp_path / "a@b").mkdir()
    for address in (f"@qctl-test-{os.getpid()}", os.fspath(tmp_path / "a@b" / "notify")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
            listening.bind("\0" + address[1:] if address.startswith("@") else address)
            Notifier(address).say("READY=1")

            assert listening.recv(64, socket.MSG_DONTWAIT) == b"READY=1"


@pytest.mark.parametrize(
    ("said", "interval"),
    [
        ({"WATCHDOG_USEC": "4000000"}, 2.0),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": str(os.getpid())}, 2.0),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}, math.inf),
        ({"WATCHDOG_USEC": "0"}, math.inf),
        ({"WATCHDOG_USEC": "soon"}, math.inf),
        ({}, math.inf),
    ],
)
def test_a_sign_of_life_is_given_twice_in_its_interval_by_the_process_that_is_meant(
    said: dict[str, str], interval: float
) -> None:
    environ = {"NOTIFY_SOCKET": "/run/notify", "PATH": "/bin", **said}

    assert Notifier.taken_from(environ).interval == interval
    assert environ == {"PATH": "/bin"}  # what the worker starts must not speak in its name


def test_who_is_no_part_of_the_service_does_not_see_its_socket() -> None:
    assert unsupervised({"NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "A": "b"}) == {
        "A": "b"
    }


def test_without_systemd_nothing_is_said() -> None:
    silent = Notifier.taken_from({})

    assert not silent.listened_to
    silent.say("READY=1")


def test_a_systemd_that_does_not_listen_holds_no_worker_up(systemd: socket.socket) -> None:
    """The loop that says so renews the lease too."""
    notifier = Notifier(systemd.getsockname())
    signal.alarm(10)  # ends a test that waits
    try:
        for _ in range(10_000):
            notifier.say("STATUS=busy")
    finally:
        signal.alarm(0)

    assert select.select([systemd], [], [], 0)[0]
