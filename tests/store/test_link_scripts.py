"""What a Link sends to a server that does not know its scripts: each text once, however many calls there are."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from typing import Any

import hiredis
import pytest

from qctl.store import parse_address
from qctl.store.command import script, script_call
from qctl.store.link import Link

UNKNOWN, DONE = b"-NOSCRIPT No matching script.\r\n", b"$2\r\nok\r\n"


class FarEnd:
    """A server that says what the test wants, and a Link to it."""

    def __init__(self, listener: socket.socket) -> None:
        self.link = Link(parse_address(f"redis://127.0.0.1:{listener.getsockname()[1]}"))
        self.caller, _ = listener.accept()
        self._reader = hiredis.Reader()

    def asked(self, count: int) -> list[bytes]:
        """The first words of the next commands that it is sent."""
        words: list[bytes] = []
        while len(words) < count:
            self.link.flush()
            self._reader.feed(self.caller.recv(65536))
            while (command := self._reader.gets()) is not False:
                words.append(command[0])
        return words

    def says(self, answers: bytes) -> list[list[Any]]:
        """What its answers come to at the link."""
        self.caller.sendall(answers)
        assert select.select([self.link], [], [], 5)[0]
        return self.link.receive()


@pytest.fixture
def far_end() -> Iterator[FarEnd]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        far = FarEnd(listener)
        with far.caller:
            yield far
        far.link.close()


def test_the_text_goes_with_the_first_call_and_with_each_if_it_is_forgotten_in_between(far_end: FarEnd) -> None:
    far_end.link.send([script_call(script("pause"), ("{q}:door",), [], bytes)] * 3)
    assert far_end.asked(3) == [b"EVALSHA"] * 3
    assert far_end.says(UNKNOWN * 3) == []
    assert far_end.asked(3) == [b"EVAL", b"EVALSHA", b"EVALSHA"]
    assert far_end.says(DONE + UNKNOWN * 2) == []
    assert far_end.asked(2) == [b"EVAL"] * 2
    assert far_end.says(DONE * 2) == [[b"ok"] * 3]
