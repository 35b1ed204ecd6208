"""A server that takes what is sent to it a little at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from qctl.model.address import Address
from qctl.store import connection, parse_address, redis_py
from qctl.store.connection import Bare
from qctl.store.redis_py import RedisPy

if TYPE_CHECKING:
    from qctl.store.connection import Connection


class Slow:
    """A socket that takes one byte a second, and each time before the patience it was told is over."""

    def __init__(self) -> None:
        self.now = 0.0
        self.taken = 0
        self.patience = 0.0

    def monotonic(self) -> float:
        return self.now

    def settimeout(self, seconds: float) -> None:
        self.patience = seconds

    def send(self, data: bytes) -> int:
        self.now += 1.0
        self.taken += len(data[:1])
        return len(data[:1])

    def shutdown(self, how: int) -> None:
        """It goes when the test does."""

    def close(self) -> None:
        """The same."""

    def sendall(self, data: bytes) -> None:
        while data:
            data = data[self.send(data) :]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    for module in (connection, redis_py):
        monkeypatch.setattr(module, "connected", lambda server, seconds: made)
        monkeypatch.setattr(module, "monotonic", made.monotonic)
    return made


@pytest.mark.parametrize("make", [Bare, RedisPy])
def test_sending_ends_with_its_time_however_often_a_little_is_taken(
    slow: Slow, make: Callable[[Address, float], Connection]
) -> None:
    """Attack 49."""
    with pytest.raises(TimeoutError):
        make(parse_address("redis://localhost"), 3.0).send([("SET", "key", "x" * 100)], 3.0)
    assert slow.taken == 3
    assert slow.patience <= 3.0


@pytest.mark.parametrize("make", [Bare, RedisPy])
def test_what_is_taken_piece_by_piece_in_time_is_sent_to_its_end(
    slow: Slow, make: Callable[[Address, float], Connection]
) -> None:
    make(parse_address("redis://localhost"), 3.0).send([("PING",)], 60.0)
    assert slow.taken == len(b"*1\r\n$4\r\nPING\r\n")
