"""`qctl status` and `qctl doctor` over a server that answers all questions and takes no jobs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tests.support import PrivateRedis
from tests.support.command_line import Home


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    """A server of this test alone, for what it does with its memory and its role."""
    alone = PrivateRedis(None).start()
    yield alone
    alone.remove()


@pytest.fixture
def home(server: PrivateRedis) -> Iterator[Home]:
    made = Home(f"unix://{server.socket}")
    made.write("tasks.toml", '[tasks.hello]\nrun = "true"\n')
    yield made
    made.remove()


def say(server: PrivateRedis, *words: str) -> None:
    with redis.Redis(unix_socket_path=str(server.socket)) as client:
        client.execute_command(*words)


def test_status_is_degraded_while_redis_is_full(server: PrivateRedis, home: Home) -> None:
    say(server, "CONFIG", "SET", "maxmemory", "1")
    refused = home.run("run", "hello")
    assert (refused.code, "help: qctl doctor" in refused.stderr) == (75, True)
    status = home.run("status")
    assert (status.code, "Redis is full" in status.stdout, "(qctl doctor)" in status.stdout) == (1, True, True)


def test_a_replica_is_named_with_its_master(server: PrivateRedis, home: Home) -> None:
    say(server, "REPLICAOF", "127.0.0.1", "1")
    refused = home.run("run", "hello")
    assert (refused.code, "user_script" in refused.stderr) == (75, False)
    status = home.run("status")
    assert (status.code, "read-only replica of 127.0.0.1:1" in status.stdout) == (1, True)
    doctor = home.run("doctor")
    assert (doctor.code, "qctl --redis redis://127.0.0.1:1" in doctor.stdout) == (1, True)
