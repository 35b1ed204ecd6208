"""Sentinel and Cluster URLs, against a real sentinel and a real cluster of one node: faults 43 and 45."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from qctl.errors import RedisUnreachable
from qctl.store import Reading, Store, open_store
from qctl.store.values import Answer
from tests.support import PrivateRedis, chosen_server, eventually, talk
from tests.support.store_seed import SeedWorker, a_job, submit


def free_port(of_cluster: bool = False) -> int:
    """A port that nobody uses; a cluster's node takes the one 10,000 above as well."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if not of_cluster or port < 55_000:
            return port


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
    folder = Path(tempfile.mkdtemp(prefix="qctl-sentinel-"))
    watched, port = free_port(), free_port()
    primary = PrivateRedis(None, "--port", str(watched), "--bind", "127.0.0.1").start()
    (folder / "conf").write_text(
        f"port {port}\nbind 127.0.0.1\nunixsocket {folder}/sock\ndir {folder}\nlogfile {folder}/log\n"
        f"sentinel monitor ops 127.0.0.1 {watched} 1\n"
    )
    process = subprocess.Popen([os.fspath(chosen_server()), os.fspath(folder / "conf"), "--sentinel"])
    eventually(lambda: is_up(folder / "sock"), within=10)
    yield port
    process.kill()
    process.wait()
    primary.remove()
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
