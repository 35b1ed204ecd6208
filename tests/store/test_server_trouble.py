"""What happens to the server itself: an emptied script cache, an endless script, a kill, a restart from its file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import redis

from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.store import Command, Reading, Store, open_store
from qctl.store.refusals import ConnectionBroken
from qctl.store.values import Answer, Standing
from tests.support import PrivateRedis, eventually
from tests.support.proxy import Proxy
from tests.support.store_seed import SeedWorker, a_job, everything, submit


def test_an_emptied_script_cache_is_invisible(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    """Fault 37."""
    submit(store, "one")
    redis_client.script_flush()
    assert worker.complete(worker.take()) is Answer.OK
    redis_client.script_flush()
    assert worker.heartbeat().standing is Standing.OK


def test_an_emptied_script_cache_is_invisible_in_a_pipeline(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 37: each command gets its own answer, whichever of them the server knew."""
    submit(store, "one", "two")
    redis_client.script_flush()
    worker.heartbeat()
    beat, pong, submitted, claimed, again = store.do_all(
        [
            store.verbs.heartbeat("w1"),
            Command(("PING",), bytes),
            store.verbs.submit([a_job("three")]),
            store.verbs.claim("w1", 1, 2),
            store.verbs.submit([a_job("three")]),
        ]
    )
    assert (beat.standing, pong) == (Standing.OK, b"PONG")
    assert (submitted[0].taken, again[0].taken) == ("NEW", "EXISTS")
    assert [claim.id for claim in claimed.claims] == ["one", "two"]


@pytest.fixture
def busy_server() -> Iterator[PrivateRedis]:
    server = PrivateRedis(None, "--lua-time-limit", "20").start()
    yield server
    server.remove()


def endless(server: PrivateRedis, ended: threading.Event) -> None:
    """Somebody's script that never ends, until it is killed."""
    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        try:
            client.eval("while true do end", 0)
        except redis.RedisError:
            ended.set()


class TestSomebodysEndlessScript:
    """Fault 38."""

    def test_is_told_as_busy_after_a_bounded_wait(self, busy_server: PrivateRedis) -> None:
        store = open_store(busy_server.url, timeout=10)
        submit(store, "one")
        with during_an_endless_script(busy_server):
            store.transport.timeout = 0.4
            with pytest.raises(RedisBusy) as refused:
                submit(store, "two")
        store.transport.timeout = 10
        assert refused.value.exit_code == 75
        assert submit(store, "two")[0].taken == "NEW"
        store.close()

    def test_that_ends_in_time_is_not_noticed(self, busy_server: PrivateRedis) -> None:
        store = open_store(busy_server.url, timeout=10)
        submit(store, "one")
        with during_an_endless_script(busy_server) as end:
            threading.Timer(0.2, end).start()
            answers = store.do_all([store.verbs.submit([a_job("two")]), store.verbs.submit([a_job("two")])])
        assert [answer[0].taken for answer in answers] == ["NEW", "EXISTS"]
        store.close()


class during_an_endless_script:  # noqa: N801 - reads as a sentence
    """Within: the server answers BUSY to everybody. Gives a function that ends it."""

    def __init__(self, server: PrivateRedis) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=endless, args=(server, self._ended))

    def __enter__(self) -> Callable[[], None]:
        self._thread.start()
        eventually(self._is_busy)
        return self.end

    def __exit__(self, *_: object) -> None:
        self.end()
        self._thread.join(5)

    def end(self) -> None:
        if not self._ended.is_set():
            with redis.Redis(unix_socket_path=str(self._server.socket)) as client:
                try:
                    client.script_kill()
                except redis.RedisError as error:
                    assert "NOTBUSY" in str(error)  # noqa: PT017 - it ended by itself

    def _is_busy(self) -> bool:
        with redis.Redis(unix_socket_path=str(self._server.socket)) as client:
            try:
                return not client.ping()
            except redis.RedisError as error:
                return "BUSY" in str(error)


class TestAKilledServer:
    """Fault 31."""

    @pytest.fixture
    def durable(self) -> Iterator[PrivateRedis]:
        server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
        yield server
        server.remove()

    def test_has_everything_that_was_acknowledged_when_it_is_back(self, durable: PrivateRedis) -> None:
        store = open_store(durable.url)
        worker = SeedWorker(store).register()
        submit(store, "one", "two", a_job("later", delay_ms=60_000))
        claim = worker.take()
        before = everything(store)

        durable.kill()
        with pytest.raises(RedisUnreachable):
            submit(store, "three")
        durable.start()

        assert everything(store) == before
        assert worker.ask_again().claims == (claim,)
        assert worker.complete(claim) is Answer.OK
        assert worker.take().id == "two"
        store.close()

    def test_is_told_at_once_where_it_was_and_not_reached_where_it_never_was(self, durable: PrivateRedis) -> None:
        store = open_store(durable.url)
        store.do(store.verbs.promote())
        durable.kill()
        with pytest.raises(QctlError) as refused:
            store.do(store.verbs.promote())
        assert refused.value.exit_code == 69
        nowhere = open_store("unix:///nowhere/redis.sock")
        with pytest.raises(RedisUnreachable, match=r"/nowhere/redis\.sock: No such file"):
            nowhere.do(nowhere.verbs.promote())
        store.close()


def test_a_server_that_says_nothing_is_given_up_by_the_deadline(proxy: Proxy, redis_url: str) -> None:
    """Fault 50: every call ends by its timeout."""
    store = open_store(proxy.url, timeout=10)
    store.do(store.verbs.promote())
    proxy.silence(True)
    store.transport.timeout = 0.2
    with pytest.raises(ConnectionBroken, match=r"no answer within 0.2 s"):
        submit(store, "one")
    proxy.silence(False)
    store.transport.timeout = 10
    assert submit(store, "one")[0].taken in ("NEW", "EXISTS")
    store.close()


def test_a_server_that_lost_its_data_knows_nobody(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    """Fault 36: nothing is finished into the void, and a fresh start is clean."""
    submit(store, "one")
    claim = worker.take()
    redis_client.flushall()
    assert worker.complete(claim) is Answer.UNKNOWN
    assert worker.heartbeat().standing is Standing.UNKNOWN
    worker.register()
    submit(store, "two")
    assert worker.take().id == "two"
    assert [job.id for job in Reading(store).active(9)] == ["two"]


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
def test_the_policy_that_the_server_has_can_be_read(
    store: Store, read: Reading, redis_client: redis.Redis, policy: str
) -> None:
    """Fault 41: whoever warns of it can ask."""
    redis_client.config_set("maxmemory-policy", policy)
    assert read.info()["maxmemory_policy"] == policy
    redis_client.config_set("maxmemory-policy", "noeviction")
