"""The proxy that breaks connections does what it is told, and nothing else: what is shown through it rests on that."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from tests.support import eventually
from tests.support.proxy import Proxy, Target


class Echo(socketserver.BaseRequestHandler):
    """Says what it hears, and remembers that it did. Of what ends with a stop it says half at first, as Redis may."""

    heard: ClassVar[list[bytes]] = []
    other_half: ClassVar[threading.Event] = threading.Event()  #: it may be said now

    def handle(self) -> None:
        while data := self.request.recv(4096):
            self.heard.append(data)
            half = len(data) // 2 if data.endswith(b".") else len(data)
            self.request.sendall(data[:half])
            if half < len(data):
                assert self.other_half.wait(5)
                self.request.sendall(data[half:])


@pytest.fixture(params=["unix", "tcp"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """Where an echo listens."""
    Echo.heard = []
    Echo.other_half.clear()
    server: socketserver.BaseServer
    if request.param == "unix":
        server, at = socketserver.ThreadingUnixStreamServer(str(tmp_path / "echo"), Echo), str(tmp_path / "echo")
    else:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
        at = server.server_address  # type: ignore[assignment]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield at
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def proxy(target: Target) -> Iterator[Proxy]:
    proxy = Proxy(target)
    yield proxy
    proxy.close()


def call(proxy: Proxy) -> socket.socket:
    """Connect to it."""
    if proxy.url.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(proxy.socket))
    else:
        line = socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])))
    line.settimeout(5)
    return line


def ask(line: socket.socket, words: bytes) -> bytes:
    """Say something and hear all of the answer, or what comes of it before the connection breaks."""
    line.sendall(words)
    return hear(line, len(words))


def hear(line: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        try:
            piece = line.recv(count - len(found))
        except ConnectionResetError:
            break
        if not piece:
            break
        found += piece
    return found


def is_silent(line: socket.socket, seconds: float = 0.1) -> bool:
    """Whether nothing comes for so long."""
    line.settimeout(seconds)
    try:
        return not line.recv(1)
    except TimeoutError:
        return True
    finally:
        line.settimeout(5)


def test_without_an_order_it_passes_on_what_it_gets_and_ends_with_either_side(proxy: Proxy) -> None:
    with call(proxy) as line:
        assert ask(line, b"a" * 100_000) == b"a" * 100_000
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b""


@pytest.mark.parametrize("after", [0, 3, 7])
def test_a_cut_lets_the_other_side_act_and_passes_so_many_bytes_of_the_reply(proxy: Proxy, after: int) -> None:
    proxy.cut(b"SET", after=after)
    with call(proxy) as line:
        assert ask(line, b"get one") == b"get one"
        assert ask(line, b"SET one") == b"SET one"[:after]
        assert Echo.heard[-1] == b"SET one"
        assert hear(line, 1) == b""
    assert proxy.cuts_made == 1
    with call(proxy) as line:
        assert ask(line, b"SET one") == b"SET one"


def test_a_cut_counts_over_the_pieces_of_a_reply(proxy: Proxy) -> None:
    proxy.cut(b"SET", after=10)
    with call(proxy) as line:
        assert ask(line, b"SET one") == b"SET one"
        assert ask(line, b"and more") == b"and"


def test_a_blackhole_accepts_and_says_nothing_and_what_was_sent_arrives_when_it_ends(proxy: Proxy) -> None:
    with call(proxy) as known:
        assert ask(known, b"one") == b"one"
        proxy.blackhole(True)
        with call(proxy) as line:
            eventually(lambda: proxy.accepted == 2)
            line.sendall(b"two")
            known.sendall(b"three")
            assert is_silent(line)
            assert is_silent(known)
            assert Echo.heard == [b"one"]
            proxy.blackhole(False)
            assert hear(line, 3) == b"two"
            assert hear(known, 5) == b"three"


def test_silence_lets_the_other_side_act_and_swallows_what_it_says(proxy: Proxy) -> None:
    proxy.silence(True)
    with call(proxy) as line:
        line.sendall(b"one")
        eventually(lambda: Echo.heard == [b"one"])
        assert is_silent(line)
        proxy.silence(False)
        assert ask(line, b"two") == b"two"


def test_a_delay_holds_each_way_and_keeps_the_order(proxy: Proxy) -> None:
    with call(proxy) as line:
        proxy.delay(request=0.1, reply=0.1)
        begun = time.monotonic()
        line.sendall(b"one")
        line.sendall(b"two")
        assert hear(line, 6) == b"onetwo"
        assert time.monotonic() - begun >= 0.2


def test_a_lost_piece_comes_later_and_what_is_behind_it_waits(proxy: Proxy) -> None:
    with call(proxy) as line:
        assert ask(line, b"one") == b"one"
        proxy.delay(loss=1.0, again=0.05)
        begun = time.monotonic()
        assert ask(line, b"two") == b"two"
        assert time.monotonic() - begun >= 0.1, "lost on the way there and on the way back"


def test_a_half_closed_connection_tells_nothing_more_and_still_carries_what_is_sent(proxy: Proxy) -> None:
    with call(proxy) as line:
        assert ask(line, b"one") == b"one"
        proxy.half_close()
        assert line.recv(1) == b""
        line.sendall(b"two")
        eventually(lambda: Echo.heard == [b"one", b"two"])
    with call(proxy) as line:
        assert ask(line, b"three") == b"three"


def test_who_is_refused_is_broken_off_at_once_and_so_are_all_others(proxy: Proxy) -> None:
    with call(proxy) as known:
        assert ask(known, b"one") == b"one"
        proxy.refuse(True)
        assert hear(known, 1) == b""
        with call(proxy) as line:
            assert hear(line, 1) == b""
        proxy.refuse(False)
    with call(proxy) as line:
        assert ask(line, b"two") == b"two"


def test_the_last_that_is_answered_is_answered_whole_and_what_is_asked_then_is_refused(proxy: Proxy) -> None:
    with call(proxy) as line, call(proxy) as other:
        proxy.refuse_after(b"last")
        assert ask(line, b"one") == b"one"
        line.sendall(b"the last.")
        assert hear(line, 4) == b"the "
        Echo.other_half.set()
        assert hear(line, 5) == b"last."
        assert ask(other, b"two") == b""
        assert hear(line, 1) == b""
    with call(proxy) as line:
        assert hear(line, 1) == b""
    assert Echo.heard == [b"one", b"the last."]
