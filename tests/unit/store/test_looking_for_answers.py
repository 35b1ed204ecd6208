"""An answer that comes at once is looked for; where looking is in vain it is given up for a while."""

from __future__ import annotations

import socket
from _socket import MSG_DONTWAIT
from collections.abc import Iterator
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest

from qctl.store import parse_address
from qctl.store.connection import Bare


class Watched:
    """A connection to a server of which the test speaks the answers; tells before which answers it has looked."""

    def __init__(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        self.connection = Bare(parse_address(f"redis://127.0.0.1:{port}"), 5.0)
        self.server, _ = listener.accept()
        listener.close()
        inside: Any = self.connection
        self._receives, inside._looks_at = inside._looks_at, self._look
        self.looks = 0

    def _look(self, buffer: Any, size: int, flags: int) -> int:
        self.looks += 1
        assert flags == MSG_DONTWAIT
        if self.there:
            return int(self._receives(buffer, size))  # by now it is underway on a machine however busy
        raise BlockingIOError

    def looked(self, *, there: bool) -> bool:
        """Read an answer that is there when it is looked for, or comes later; whether it was looked for."""
        self.there, before = there, self.looks
        self.server.sendall(b"+OK\r\n")
        assert self.connection.read(monotonic() + 30.0) == b"OK"
        return self.looks > before


@pytest.fixture
def watched() -> Iterator[Watched]:
    found = Watched()
    yield found
    found.connection.close()
    found.server.close()


def test_answers_that_come_at_once_are_looked_for_each_time(watched: Watched) -> None:
    assert all(watched.looked(there=True) for _ in range(5))


def test_after_each_look_in_vain_it_waits_for_more_answers_before_the_next(watched: Watched) -> None:
    """Of a server that is busy or far away it would only cost processor time."""
    looked = [watched.looked(there=False) for _ in range(300)]
    at = [place for place, did in enumerate(looked) if did]
    assert [after - before - 1 for before, after in pairwise(at)][:8] == [1, 2, 4, 8, 16, 32, 64, 64]


def test_one_answer_that_comes_at_once_ends_the_patience(watched: Watched) -> None:
    for _ in range(3):
        watched.looked(there=False)
    assert watched.looked(there=True) is False
    while not watched.looked(there=True):
        pass
    assert [watched.looked(there=False) for _ in range(3)] == [True, False, True]
