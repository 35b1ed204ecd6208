"""Sentinel and Cluster URLs, against a real sentinel and a real cluster of one node: faults 43 and 45."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from qctl.errors import RedisUnreachable
from qctl.store import Reading, Store, Wire, open_store
from qctl.store.values import Answer
from tests.support import PrivateRedis, chosen_server, eventually, talk
from tests.support.loopback import free_port
from tests.support.scratch import scratch_folder
from tests.support.servers import dying_with_us
from tests.support.store_seed import SeedWorker, a_job, submit


def live_through_a_job(store: Store) -> None:
    worker = SeedWorker(store).register()
    submit(store, "one", a_job("later", delay_ms=60_000))
    assert worker.complete(worker.take()) is Answer.OK
    read = Reading(store)
    assert [job.id for job in read.ended(5)] == ["one"]
    assert [job.id for job in read.active(5)] == ["later"]
    assert abs(read.now_ms() - (read.job("later").due_ms or 0)) < 70_000
    assert read.queues()[0].scheduled == 1


@pytest.fixture
def cluster() -> Iterator[int]:
    port = free_port(of_cluster=True)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"]
    server = PrivateRedis(None, *options).start()
    client: Any = redis.Redis(unix_socket_path=str(server.socket))
    client.execute_command("CLUSTER", "ADDSLOTS", *range(16384))
    eventually(lambda: "cluster_state:ok" in talk(server.socket, "CLUSTER", "INFO").decode())
    yield port
    client.close()
    server.remove()


def test_a_cluster_holds_a_namespace_in_one_slot(cluster: int) -> None:
    store = open_store(f"redis+cluster://127.0.0.1:{cluster}")
    live_through_a_job(store)
    store.close()


@pytest.fixture
def sentinel() -> Iterator[int]:
    """The port of a sentinel that watches a server as `ops`."""
    with a_primary() as watched, a_sentinel(watched) as port:
        yield port


@contextmanager
def a_primary() -> Iterator[int]:
    """The port of a server."""
    port = free_port()
    server = PrivateRedis(None, "--port", str(port), "--bind", "127.0.0.1").start()
    try:
        yield port
    finally:
        server.remove()


@contextmanager
def a_sentinel(watched: int) -> Iterator[int]:
    """The port of a sentinel that watches a server on a port as `ops`."""
    folder, port = scratch_folder("qctl-sentinel-"), free_port()
    (folder / "conf").write_text(
        f"port {port}\nbind 127.0.0.1\nunixsocket {folder}/sock\ndir {folder}\nlogfile {folder}/log\n"
        f"sentinel monitor ops 127.0.0.1 {watched} 1\n"
    )
    process = subprocess.Popen(
        [os.fspath(chosen_server()), os.fspath(folder / "conf"), "--sentinel"], preexec_fn=dying_with_us()
    )
    try:
        eventually(lambda: is_up(folder / "sock"), within=10)
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def is_up(path: Path) -> bool:
    try:
        return talk(path, "PING").startswith(b"+PONG")
    except OSError:
        return False


def test_sentinel_names_the_primary(sentinel: int) -> None:
    store = open_store(f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel}/ops/0")
    live_through_a_job(store)
    store.close()


def test_a_service_that_no_sentinel_knows_is_unreachable(sentinel: int) -> None:
    store = open_store(f"redis+sentinel://127.0.0.1:{sentinel}/nobody")
    with pytest.raises(RedisUnreachable, match="nobody"):
        submit(store, "one")
    store.close()


def name_another(sentinel: int, primary: int) -> None:
    """Have a sentinel name another primary, as after a failover. The old one lives, and knows nothing of it."""
    with redis.Redis(port=sentinel) as asked:
        asked.execute_command("SENTINEL", "REMOVE", "ops")
        asked.execute_command("SENTINEL", "MONITOR", "ops", "127.0.0.1", primary, 1)


def has(port: int, key: str) -> bool:
    with redis.Redis(port=port) as server:
        return bool(server.exists(key))


def test_a_connection_that_stands_is_left_once_two_sentinels_name_another_primary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Faults 43 and 44: what the old one takes until it is made a replica is lost. One alone may be of yesterday."""
    monkeypatch.setattr("qctl.store.wire.LOOK", 0.0)
    monkeypatch.setattr("qctl.store.wire.RESPITE", 0)
    with a_primary() as old, a_primary() as new, a_sentinel(old) as one, a_sentinel(old) as other:
        store = open_store(f"redis+sentinel://127.0.0.1:{one},127.0.0.1:{other}/ops/0")
        submit(store, "first")

        name_another(one, new)
        submit(store, "second")
        assert has(old, store.keys.job("second"))

        name_another(other, new)
        submit(store, "third")
        store.close()
        assert (has(old, store.keys.job("third")), has(new, store.keys.job("third"))) == (False, True)


def test_one_sentinel_that_is_asked_twice_for_want_of_others_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 44: of two that were named one is gone, and the other may be cut off from those who know."""
    monkeypatch.setattr("qctl.store.wire.LOOK", 0.0)
    monkeypatch.setattr("qctl.store.wire.RESPITE", 0)
    with a_primary() as old, a_primary() as new, a_sentinel(old) as one:
        store = open_store(f"redis+sentinel://127.0.0.1:{one},127.0.0.1:{free_port()}/ops/0")
        submit(store, "first")
        name_another(one, new)

        submit(store, "second")
        store.close()
        assert (has(old, store.keys.job("second")), has(new, store.keys.job("second"))) == (True, False)


def test_an_answer_that_came_late_is_not_believed_of_a_primary_that_was_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Faults 43 and 44: one that stood still takes itself for the primary when it wakes, and answers what waited."""
    with a_primary() as old, a_primary() as new, a_sentinel(old) as one, a_sentinel(old) as other:
        store = open_store(f"redis+sentinel://127.0.0.1:{one},127.0.0.1:{other}/ops/0")
        submit(store, "first")
        exchange = Wire._round_trip

        def late(wire: Wire, asked: Any) -> Any:
            """The first answer comes late, and when all have named another."""
            monkeypatch.setattr(Wire, "_round_trip", exchange)
            answers = exchange(wire, asked)
            for sentinel in (one, other):
                name_another(sentinel, new)
            monkeypatch.setattr("qctl.store.wire.LATE", 0.0)
            return answers

        monkeypatch.setattr(Wire, "_round_trip", late)
        submit(store, "second")
        store.close()
        assert has(new, store.keys.job("second"))


def test_a_connection_that_stands_is_kept_while_no_sentinel_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qctl.store.wire.LOOK", 0.0)
    with a_primary() as primary:
        with a_sentinel(primary) as sentinel:
            store = open_store(f"redis+sentinel://127.0.0.1:{sentinel}/ops/0")
            submit(store, "first")
        submit(store, "second")
        store.close()
        assert has(primary, store.keys.job("second"))


def test_a_silent_sentinel_holds_up_one_exchange_and_not_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qctl.store.wire.LOOK", 0.0)
    monkeypatch.setattr("qctl.store.wire.LATE", 60.0)
    with a_primary() as primary, a_sentinel(primary) as sentinel, socket.create_server(("127.0.0.1", 0)) as silent:
        store = open_store(
            f"redis+sentinel://127.0.0.1:{sentinel},127.0.0.1:{silent.getsockname()[1]}/ops/0", timeout=0.6
        )
        for job in ("connects", "is held up", "is not", "is not either"):
            submit(store, a_job(job.replace(" ", "-")))
        store.close()

        silent.settimeout(0)
        asked, _ = silent.accept()
        asked.close()
        with pytest.raises(BlockingIOError):
            silent.accept()
