"""The name of a Redis is looked up while everything else goes on (fault 52)."""

from __future__ import annotations

import _socket
import os
import select
import socket
from collections.abc import Iterator
from random import Random
from selectors import DefaultSelector
from typing import Any

import pytest

from qctl.clock import monotonic
from qctl.engine.line import Line
from qctl.engine.processes import tree
from qctl.errors import QctlError, RedisUnreachable
from qctl.store import Command, parse_address
from qctl.store.link import Link
from tests.store.test_addresses_of_a_name import answer_of
from tests.support.loopback import free_port, on_port

ECHO = Command(("ECHO", "x"), bytes.decode)
look_up = _socket.getaddrinfo


@pytest.fixture
def port() -> Iterator[int]:
    """That of a server."""
    server = on_port(port := free_port()).start()
    yield port
    server.remove()


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Whoever looks up redis.test connects here, and waits until something is said; then it is this machine's name."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(b"\0" + os.urandom(8).hex().encode())
    listener.listen()
    listener.settimeout(10)

    def asked(host: str | bytes, *more: Any, **options: Any) -> Any:
        if host == b"redis.test":
            with socket.socket(socket.AF_UNIX) as questioner:
                questioner.connect(listener_name)
                host = questioner.recv(100).decode()
        return look_up(host, *more, **options)

    listener_name = listener.getsockname()
    monkeypatch.setattr(_socket, "getaddrinfo", asked)
    with listener:
        yield listener


def told(name_server: socket.socket, address: str) -> None:
    asked, _ = name_server.accept()
    with asked:
        asked.send(address.encode())


def test_nobody_waits_for_a_name_server(port: int, name_server: socket.socket) -> None:
    """Fault 52."""
    link = Link(parse_address(f"redis://redis.test:{port}"))
    link.send([ECHO])
    link.flush()
    assert link.receive() == []
    assert not link.established
    assert select.select([link], [link] if link.wants_write else [], [], 0) == ([], [], [])

    told(name_server, "127.0.0.1")
    assert answer_of(link) == [["x"]]
    link.close()


def test_one_that_says_nothing_is_given_up_and_leaves_no_process(name_server: socket.socket) -> None:
    """Fault 52."""
    before = tree.children(os.getpid())
    link = Link(parse_address("redis://redis.test"))
    asked, _ = name_server.accept()
    assert "nobody tells the address of redis.test: no answer within 5 s" in str(link.give_up("no answer within 5 s"))

    assert asked.recv(1) == b"", "it has ended"
    asked.close()
    assert tree.children(os.getpid()) == before


def test_a_name_without_an_address_is_told_as_such(name_server: socket.socket) -> None:
    link = Link(parse_address("redis://redis.test"))
    link.send([ECHO])
    told(name_server, "256.256.256.256.")
    with pytest.raises(RedisUnreachable, match=r"redis.test.*(not known|No address|failure)"):
        answer_of(link)


def test_a_line_goes_on_with_whatever_name_the_server_has_by_then(port: int, name_server: socket.socket) -> None:
    """Fault 52: the selector that looks at everything else looks at the question too, and each try asks anew."""
    selector, answers, failures = DefaultSelector(), list[Any](), list[QctlError]()
    line = Line(parse_address(f"redis://redis.test:{port}"), selector, Random(1), patience=5.0)
    line.on_down = failures.append

    def run(until: Any) -> None:
        deadline = monotonic() + 20
        while not until():
            assert monotonic() < deadline
            for key, _ in selector.select(max(0.0, min(0.05, line.next_due() - monotonic()))):
                key.data(monotonic())
            line.run_once(monotonic())

    run(lambda: line.up)
    told(name_server, "256.256.256.256.")
    run(lambda: failures)
    run(lambda: line.up)
    told(name_server, "127.0.0.1")
    line.ask([ECHO], answers.extend, lambda: None, monotonic())
    run(lambda: answers)
    assert answers == ["x"]
    line.close()
    assert not selector.get_map()
    selector.close()
