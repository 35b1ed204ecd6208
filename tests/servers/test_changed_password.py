"""The password of a shared Redis is changed under a worker (fault 53)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from qctl.model.state import Outcome
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import PrivateRedis, eventually
from tests.support.loopback import free_port, on_port

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    made = on_port(port := free_port()).start()
    made.port = port  # type: ignore[attr-defined]
    yield made
    made.remove()


@pytest.fixture
def admin(server: Any) -> Iterator[Any]:
    with redis.Redis(host="127.0.0.1", port=server.port) as connection:
        connection.execute_command("ACL", "SETUSER", "bob", "on", ">old", "~*", "&*", "+@all")
        yield connection


def test_a_worker_that_is_let_in_no_more_says_why_and_knocks_seldom(tmp_path: Path, server: Any, admin: Any) -> None:
    """Fault 53: the refusal is named once, the password nowhere; no more than a few tries a second; then it goes on."""
    shop = Workshop(tmp_path, f"redis://bob:old@127.0.0.1:{server.port}", "rotated")
    try:
        shop.declare(f"[tasks.marked]\nrun = '''{MARK}'''\n")
        worker = shop.ready_worker()
        assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
        admin.execute_command("ACL", "SETUSER", "bob", "resetpass", ">new")
        admin.execute_command("CLIENT", "KILL", "USER", "bob")
        said = eventually(lambda: [r for r in worker.records("redis_gone") if "WRONGPASS" in r["message"]])[0]
        assert f"bob:***@127.0.0.1:{server.port}" in said["message"]

        before, began = int(admin.info("stats")["total_connections_received"]), time.monotonic()
        eventually(lambda: int(admin.info("stats")["total_connections_received"]) >= before + 14, within=60.0)
        assert time.monotonic() - began > 1.5, "two connections, each with pauses that double"
        assert len(worker.records("redis_gone")) <= 2  # that it was hung up on, too

        admin.execute_command("ACL", "SETUSER", "bob", ">old")
        shop.store.close()
        assert shop.ended(shop.submit("marked"), within=20.0).outcome is Outcome.SUCCEEDED
    finally:
        shop.close()
