"""The two connections that the waiting transport may have, and what must be the same on both."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING, NoReturn

import pytest
import redis

from qctl.errors import RedisUnreachable
from qctl.store import Address, Command, Wire, parse_address
from qctl.store.connection import Bare
from qctl.store.redis_py import RedisPy
from qctl.store.refusals import ConnectionBroken

if TYPE_CHECKING:
    from qctl.store.connection import Connection

    Make = Callable[[Address, float], Connection]

PING: Command[bytes] = Command(("PING",), bytes)


@pytest.fixture(params=[Bare, RedisPy])
def make(request: pytest.FixtureRequest) -> Make:
    found: Make = request.param
    return found


def test_a_server_that_is_silent_from_the_first_word_has_taken_nothing(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = Wire(parse_address(f"redis://:secret@127.0.0.1:{silent.getsockname()[1]}"), 0.1, make)
        with pytest.raises(RedisUnreachable) as refused:
            transport.exchange([PING])
        assert not isinstance(refused.value, ConnectionBroken)


def test_redis_py_says_nothing_of_its_own(redis_url: str, redis_client: redis.Redis) -> None:
    """An ACL that names what qctl needs would refuse it."""
    redis_client.config_resetstat()
    transport = Wire(parse_address(f"{redis_url}?db=1"), 3.0, RedisPy)
    assert transport.exchange([PING]) == [b"PONG"]
    transport.close()
    said = {name.removeprefix("cmdstat_").partition("|")[0] for name in redis_client.info("commandstats")}
    assert said - {"info", "config"} == {"select", "ping"}


def test_what_was_sent_is_not_sent_again_below_the_store(make: Make) -> None:
    """Only the store knows what may be sent twice; redis-py's own tries would do so with everything."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        transport = Wire(parse_address(f"redis://127.0.0.1:{silent.getsockname()[1]}"), 0.1, make)
        with pytest.raises(ConnectionBroken, match="no answer within"):
            transport.exchange([PING])
        silent.setblocking(False)
        caller, _ = silent.accept()
        with caller, suppress(ConnectionResetError):
            caller.settimeout(3.0)
            assert b"".join(iter(lambda: caller.recv(100), b"")).count(b"PING") == 1
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_an_exchange_that_was_interrupted_leaves_no_answer_for_the_next_one(make: Make, redis_url: str) -> None:
    """Ctrl-C while a command waits: what it cancels then must not be told the answer to what was asked before."""
    made: list[Connection] = []

    def interrupted_once(server: Address, seconds: float) -> Connection:
        connection = make(server, seconds)
        if not made:
            connection.read = interrupt  # type: ignore[method-assign]
        made.append(connection)
        return connection

    def interrupt(deadline: float) -> NoReturn:
        raise KeyboardInterrupt

    transport = Wire(parse_address(redis_url), 3.0, interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        transport.exchange([Command(("ECHO", "before"), bytes)])
    del made[0].__dict__["read"]
    assert transport.exchange([PING]) == [b"PONG"]
    transport.close()


def test_a_listener_that_heard_nothing_goes_on_listening(make: Make, redis_url: str, redis_client: redis.Redis) -> None:
    ear = Wire(parse_address(redis_url), 3.0, make)
    ear.subscribe("news")
    assert ear.listen(0.01) is None
    redis_client.publish("news", "at last")
    assert ear.listen(3.0) == b"at last"
    redis_client.client_kill_filter(_type="pubsub")
    with pytest.raises(ConnectionBroken, match="the server closed the connection"):
        ear.listen(3.0)


def test_an_answer_that_trickles_is_not_waited_for_beyond_the_timeout(make: Make) -> None:
    """Each byte comes in time, and the answer never (attack 49)."""
    heard = Event()

    def trickle() -> None:
        caller, _ = listener.accept()
        with caller, suppress(OSError):
            for _ in range(400):
                caller.sendall(b"+")
                if heard.wait(0.02):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as aside:
        aside.submit(trickle)
        transport = Wire(parse_address(f"redis://127.0.0.1:{listener.getsockname()[1]}"), 0.2, make)
        with pytest.raises(ConnectionBroken, match="no answer within"):
            transport.exchange([PING])
        heard.set()
