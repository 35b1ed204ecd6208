"""The worker's connection: what is told to whom when it breaks, and where it connects again."""

from __future__ import annotations

import _socket
import selectors
import socket
import struct
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from qctl import clock
from qctl.config import Config
from qctl.engine.heartbeat import Heartbeat
from qctl.engine.identity import identify
from qctl.engine.journal import Journal, Level
from qctl.engine.lease import Lease
from qctl.engine.line import Line
from qctl.engine.shutdown import Shutdown
from qctl.engine.station import Station
from qctl.model.address import Address
from qctl.store import Command, Keys, Verbs, open_store, parse_address
from qctl.store.command import script, script_call
from tests.support import eventually

PING: Command[Any] = Command(("PING",), bytes)


class Far:
    """A server that hangs up when the test says so."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self) -> socket.socket:
        caller, _ = self.listener.accept()
        caller.settimeout(5)
        return caller

    def hang_up(self, caller: socket.socket) -> None:
        """Reset the connection: what is sent next fails at once."""
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()


@pytest.fixture
def far() -> Iterator[Far]:
    server = Far()
    yield server
    server.listener.close()


@pytest.fixture
def selector() -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as made:
        yield made


def connected(far: Far, selector: selectors.BaseSelector, address: Address | None = None) -> tuple[Line, socket.socket]:
    line = Line(address or parse_address(far.url), selector, Random(1))
    line.run_once(0.0)
    caller = far.accept()
    assert line.up
    return line, caller


def a_station(line: Line) -> Station:
    return Station(
        identity=identify("w"),
        config=Config(),
        verbs=Verbs(Keys("line")),
        line=line,
        journal=Journal(2, level=Level.ERROR),
        lease=Lease(10.0, clock.monotonic()),
        shutdown=Shutdown(1.0),
        dice=Random(1),
        embedded=False,
    )


def test_who_asks_on_a_connection_that_was_just_closed_is_told_after_the_asking(
    far: Far, selector: selectors.BaseSelector
) -> None:
    line, caller = connected(far, selector)
    lost: list[str] = []
    line.ask([PING], lambda _: None, lambda: lost.append("earlier"), 0.0)
    far.hang_up(caller)

    assert line.ask([PING], lambda _: None, lambda: lost.append("later"), 0.0)

    assert lost == []
    assert not line.up
    assert not selector.get_map()
    assert line.next_due() < 0.0
    line.run_once(0.0)
    assert lost == ["earlier", "later"]
    assert line.next_due() > 0.0
    line.close()


@pytest.mark.parametrize(
    ("password", "command", "first"),
    [
        ("", script_call(script("pause"), ("{q}:door",), [], bytes), b"-NOSCRIPT No matching script.\r\n"),
        (":sesame@", PING, b"+OK\r\n"),
    ],
    ids=["a script is sent whole", "a password is said first"],
)
def test_what_takes_two_answers_has_its_time_for_each_of_them(
    far: Far, selector: selectors.BaseSelector, password: str, command: Command[Any], first: bytes
) -> None:
    """Fault 51: 4 s from here to Redis and back are no silence of 5 s, though there and back again be 8 s."""
    address = parse_address(far.url.replace("//", f"//{password}"))
    line, caller = connected(far, selector, address)
    lost: list[str] = []
    line.ask([command], lambda _: None, lambda: lost.append("lost"), clock.monotonic())
    over = line.next_due()
    caller.recv(65536)
    caller.sendall(first)

    def goes_on() -> bool:
        for _ in selector.select(0.01):
            line.ready(clock.monotonic())
        return line.next_due() > over

    eventually(goes_on)
    line.run_once(over)
    assert (line.up, lost) == (True, [])
    line.run_once(line.next_due())
    assert (line.up, lost) == (False, ["lost"])
    line.close()
    caller.close()


def test_a_worker_whose_connection_closes_as_it_sends_a_heartbeat_sends_another(
    far: Far, selector: selectors.BaseSelector
) -> None:
    """A mark that a heartbeat is under way must not outlive its connection."""
    line, caller = connected(far, selector)
    station = a_station(line)
    heartbeat = Heartbeat(station, lambda *_: None)
    station.lease.begin(0.0)
    far.hang_up(caller)

    heartbeat.run_once(clock.monotonic())
    assert not line.up
    line.run_once(clock.monotonic())

    def connects_again() -> bool:
        line.run_once(clock.monotonic())
        return line.up

    eventually(connects_again)
    with far.accept() as caller:
        eventually(lambda: heartbeat.next_due() <= clock.monotonic())
        heartbeat.run_once(clock.monotonic())
        assert b"EVALSHA" in caller.recv(4096)
    line.close()


def test_a_name_with_several_addresses_is_tried_at_each_in_turn(
    far: Far, selector: selectors.BaseSelector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine whose `localhost` is ::1 first, and whose Redis listens on 127.0.0.1 alone."""
    look_up = _socket.getaddrinfo
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nobody = gone.getsockname()[1]

    def both(host: str, port: int, **options: Any) -> Any:
        return [*look_up("127.0.0.1", nobody, **options), *look_up("127.0.0.1", port, **options)]

    monkeypatch.setattr("_socket.getaddrinfo", both)
    line = Line(parse_address(far.url.replace("127.0.0.1", "some-name")), selector, Random(1))
    far.listener.setblocking(False)

    def reached() -> bool:
        line.run_once(clock.monotonic())
        for _ in selector.select(0.01):
            line.ready(clock.monotonic())
        try:
            caller, _ = far.listener.accept()
        except BlockingIOError:
            return False
        caller.close()
        return True

    eventually(reached)
    line.close()


def test_the_servers_time_is_that_of_the_moment_at_which_a_heartbeat_was_answered(
    redis_url: str, namespace: str, selector: selectors.BaseSelector
) -> None:
    """An answer that comes three seconds late does not turn the server's clock back by them."""
    store = open_store(redis_url, namespace)
    line = Line(parse_address(redis_url), selector, Random(1))
    line.run_once(0.0)
    station = a_station(line)
    station.verbs = store.verbs
    store.do(store.verbs.register(station.worker, {}))
    now = clock.monotonic()
    station.clock = lambda: now + 3.0
    station.lease.begin(0.0)
    heartbeat = Heartbeat(station, lambda *_: None)
    heartbeat.run_once(now)

    def answered() -> bool:
        for _ in selector.select(0.1):
            line.ready(now)
        return station.time.at(0.0) != 0

    eventually(answered)

    seconds, micros = store.do(Command(("TIME",), lambda reply: (int(reply[0]), int(reply[1]))))
    assert abs(station.time.at(now + 3.0) - (seconds * 1000 + micros // 1000)) < 1500
    line.close()
    store.close()
