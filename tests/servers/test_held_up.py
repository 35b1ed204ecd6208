"""A shared server that is busy, slow, or keeps less than one might think."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
import redis

from qctl.model.state import Outcome
from tests.integration.worker.workshop import MARK, Workshop
from tests.store.test_server_trouble import during_an_endless_script
from tests.support import Home, PrivateRedis, eventually

pytestmark = pytest.mark.redis

TASKS = (
    f"[tasks.marked]\nrun = '''{MARK}'''\n"
    f"[tasks.gated]\nrun = '''{MARK}; while [ ! -e \"$RECORD.open\" ]; do sleep 0.02; done'''\n"
)


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    made = PrivateRedis(None, "--lua-time-limit", "20").start()
    yield made
    made.remove()


@pytest.fixture
def shop(server: PrivateRedis, tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path, server.url, "held")
    made.declare(TASKS)
    yield made
    made.close()


def test_a_busy_redis_is_told_with_75(server: PrivateRedis, home_at: Callable[..., Home]) -> None:
    """Fault 38: tried for as long as it may take, then said; nothing was submitted."""
    home = home_at(server.url)
    home.write("tasks.toml", TASKS)
    with during_an_endless_script(server):
        answer = home.run("run", "marked", "--redis-timeout", "300ms")
    assert (answer.code, answer.stdout) == (75, ""), answer
    assert f"Redis at {server.url} is busy with somebody's script" in answer.stderr
    assert home.run("ps", "-o", "name").stdout == ""


def test_a_worker_keeps_its_lease_while_redis_is_busy(server: PrivateRedis, shop: Workshop) -> None:
    """Fault 38: the server stood still for everybody."""
    worker = shop.ready_worker(lease=12.0)
    gated = shop.submit("gated")
    shop.running(gated)
    with during_an_endless_script(server):
        Path(f"{shop.record}.open").touch()
        eventually(lambda: [r for r in worker.records("redis") if "busy" in r["message"]], within=10.0)
    assert shop.ended(gated).outcome is Outcome.SUCCEEDED
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    assert shop.runs()[gated] == 1
    assert not worker.records("renew") + worker.records("lost")


def test_a_slow_redis_makes_nothing_run_twice(server: PrivateRedis, shop: Workshop) -> None:
    """Fault 39: it stands still for much less than a lease."""
    worker, other = shop.ready_worker(lease=12.0), shop.ready_worker(lease=12.0)
    gated = shop.submit("gated")
    shop.running(gated)

    def stand_still() -> None:
        with redis.Redis(unix_socket_path=str(server.socket)) as admin:
            admin.execute_command("DEBUG", "SLEEP", 1.5)

    still = Thread(target=stand_still)
    still.start()
    Path(f"{shop.record}.open").touch()
    ids = [gated, *(shop.submit("marked") for _ in range(5))]
    still.join()

    assert {shop.ended(job).outcome for job in ids} == {Outcome.SUCCEEDED}
    assert set(shop.runs().values()) == {1}
    for each in (worker, other):
        assert not each.records("lost") + each.records("silence") + each.records("renew")


@pytest.mark.parametrize("saving", [("--save", "900 1"), ("--save", "")])
def test_a_server_that_keeps_snapshots_alone_is_warned_of_at_the_start(tmp_path: Path, saving: tuple[str, ...]) -> None:
    """Fault 35."""
    server = PrivateRedis(None, *saving).start()
    shop = Workshop(tmp_path, server.url, "snapshots")
    try:
        shop.declare(TASKS)
        said = shop.ready_worker().says("snapshots")
        assert said["level"] == "warning"
        assert "seconds may be lost if Redis dies: it keeps no append-only file" in said["message"]
    finally:
        shop.close()
        server.remove()


def test_a_server_with_an_append_only_file_is_not_warned_of(tmp_path: Path) -> None:
    """Fault 35."""
    server = PrivateRedis(None, "--appendonly", "yes").start()
    shop = Workshop(tmp_path, server.url, "synced")
    try:
        shop.declare(TASKS)
        worker = shop.ready_worker()
        assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
        assert not worker.records("snapshots") + worker.records("eviction")
    finally:
        shop.close()
        server.remove()
