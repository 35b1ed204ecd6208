"""Attack 49: what answers is no Redis, or means harm. Memory stays bounded, and the error is clean."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread

import pytest

from qctl.errors import RedisUnreachable
from qctl.store import Reading, Store, Wire, address_of
from qctl.store import connection as connection_module
from qctl.store.keys import Keys
from qctl.store.redis_py import RedisPy
from qctl.store.transport import Transport
from tests.support import Home
from tests.support.selected import Selected

pytestmark = pytest.mark.redis

LARGEST = 8 << 20
MALFORMED = {
    "noise": bytes(range(128, 256)) * 8 + b"\r\n",
    "a length that is none": b"$abc\r\n",
    "a negative length": b"*-7\r\n",
    "more elements than there is memory": b"*4000000000\r\n",
    "nested without an end": b"*1\r\n" * 100_000,
    "a number where a list should be": b":1\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
}


@contextmanager
def answering(answer: bytes, then: bytes = b"") -> Iterator[tuple[str, list[int]]]:
    """A server that answers so whatever it is asked, and goes on with `then` for ever. Gives its URL and bytes sent."""
    sent = [0]

    def speak(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                with caller, suppress(OSError):
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)  # else it is megabytes
                    caller.recv(65536)
                    caller.sendall(answer)
                    while then:
                        sent[0] += caller.send(then)
                    caller.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=speak, args=(listener,))
        thread.start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}", sent
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


@pytest.fixture(params=[partial(Wire, make=RedisPy), Wire, Selected], ids=["redis-py", "wire", "line"])
def through(request: pytest.FixtureRequest) -> Callable[[str], Store]:
    def make(url: str) -> Store:
        transport: Transport = request.param(address_of(url), 5.0)
        return Store(transport, Keys())

    return make


@pytest.mark.parametrize("said", MALFORMED)
def test_malformed_answers_are_an_error_of_ours(through: Callable[[str], Store], said: str) -> None:
    with answering(MALFORMED[said]) as (url, _):
        store = through(url)
        store.transport.timeout = 0.5
        with pytest.raises(RedisUnreachable) as told:
            Reading(store).queue_names()
        store.close()
    assert told.value.exit_code == 69
    assert url in str(told.value)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"$1073741824\r\n", b"x" * 65536),
        (b"*1000000\r\n", (b"$1024\r\n" + b"x" * 1024 + b"\r\n") * 64),
        (b"+", b"x" * 65536),
    ],
    ids=["one value", "a list", "a line"],
)
def test_an_answer_without_an_end_is_left(
    through: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch, begin: bytes, more: bytes
) -> None:
    """Of a gigabyte that is announced no more is taken than the largest answer that a Redis of ours could give."""
    monkeypatch.setattr(connection_module, "LARGEST_ANSWER", LARGEST)
    with answering(begin, more) as (url, sent):
        store = through(url)
        with pytest.raises(RedisUnreachable, match=r"no Redis answers there"):
            Reading(store).queue_names()
        store.close()
    assert sent[0] < 4 * LARGEST, "tried twice at most, and what the sockets hold"


def test_the_command_line_says_it_in_one_line(home_at: Callable[..., Home]) -> None:
    with answering(MALFORMED["a number where a list should be"]) as (url, _):
        home = home_at(url)
        for words in (("ps",), ("queue", "list", "-o", "json"), ("run", "--", "true"), ("worker",)):
            told = home.run(*words)
            assert told.code in (69, 76, 77), told
            assert told.stderr.count("error[") == 1
            assert "bug" not in told.stderr
            if "json" in words:
                assert json.loads(told.stdout)["schema"] == "qctl.error/1"
