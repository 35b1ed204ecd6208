"""Twenty workers at one Redis, real in all but their slots: who is woken, who gets how much, and who comes back.

The same with two hundred, and what it costs: `python -m tests.bench.scale fleet`.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import ClassVar
from unittest import mock

import pytest
import redis

from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.model.call import Call
from qctl.store import Store
from tests.bench.scale.light_pool import LightPool
from tests.bench.scale.workers import TASK, Fleet
from tests.support import PrivateRedis
from tests.support.store_seed import a_job, submit

WORKERS, SLOTS = 20, 2
BODY = Call(task=TASK).encode()


class Noted(LightPool):
    """Slots whose attempts take a moment, and are counted."""

    seconds = 0.01
    begun_by: ClassVar[Counter[str]] = Counter()
    attempts: ClassVar[Counter[str]] = Counter()

    def __init__(self, plan: PoolPlan) -> None:
        super().__init__(plan)
        self._label = plan.label

    def begun(self, frame: Frame) -> None:
        self.begun_by[self._label] += 1
        self.attempts[frame.id] += 1


@pytest.fixture
def fleet(redis_url: str, namespace: str) -> Iterator[Fleet]:
    Noted.begun_by, Noted.attempts = Counter(), Counter()
    with mock.patch("qctl.engine.crew.Pool", Noted):
        made = Fleet(redis_url, namespace, WORKERS, 0, SLOTS)
        yield made
        made.leave()
        made.close()


def until(fleet: Fleet, reached: Callable[[], bool], within: float = 20.0) -> None:
    """Let them work until something is so."""
    deadline = time.monotonic() + within
    while not reached():
        assert time.monotonic() < deadline
        fleet.step(0.05)


def known(fleet: Fleet, store: Store, client: redis.Redis) -> None:
    """Let them be known, and listen: each of them has looked once whether there is work."""
    until(fleet, lambda: client.zcard(store.keys.workers) == WORKERS)
    until(fleet, lambda: client.info("clients")["blocked_clients"] == WORKERS)


def waits(client: redis.Redis) -> int:
    """How often somebody has begun to wait for work, or has ended to: later servers count that."""
    stats: dict[str, dict[str, int]] = client.info("commandstats")
    return stats.get("cmdstat_blpop", {"calls": 0})["calls"]


def heartbeats(fleet: Fleet) -> list[float]:
    return [worker.heartbeat_due() for worker in fleet.workers.values()]


def test_a_submit_wakes_one_of_them(fleet: Fleet, store: Store, redis_client: redis.Redis) -> None:
    known(fleet, store, redis_client)
    before = waits(redis_client)
    for number in range(20):
        submit(store, a_job(f"j{number}", TASK, BODY))
        until(fleet, lambda number=number: Noted.attempts[f"j{number}"] == 1)  # type: ignore[misc]
    until(fleet, lambda: redis_client.info("clients")["blocked_clients"] == WORKERS)
    assert waits(redis_client) - before <= 20 * 3, "as all do when all are woken"


def test_each_gets_its_share_and_no_job_is_begun_twice(fleet: Fleet, store: Store, redis_client: redis.Redis) -> None:
    known(fleet, store, redis_client)
    for first in range(0, 1200, 300):
        submit(store, *(a_job(f"j{first + number:04}", TASK, BODY) for number in range(300)))
    until(fleet, lambda: len(Noted.attempts) == 1200)
    until(fleet, lambda: not redis_client.exists(*(store.keys.running(name) for name in names(redis_client, store))))
    assert set(Noted.attempts.values()) == {1}
    assert len(Noted.begun_by) == WORKERS


def test_their_heartbeats_do_not_stay_together(fleet: Fleet, store: Store, redis_client: redis.Redis) -> None:
    """All have met Redis in the same moment, as after a restart of it."""
    known(fleet, store, redis_client)
    until(fleet, lambda: all(time.monotonic() + 4 < due < math.inf for due in heartbeats(fleet)))  # none under way
    due = sorted(heartbeats(fleet))
    assert due[-1] - due[0] > 0.5
    assert len({round(each, 2) for each in due}) > WORKERS / 2


def test_all_come_back_to_a_redis_that_starts_again(namespace: str) -> None:
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
    try:
        with (
            mock.patch("qctl.engine.crew.Pool", Noted),
            redis.Redis(unix_socket_path=str(server.socket), retry_on_error=[ConnectionError]) as client,
        ):
            fleet = Fleet(server.url, namespace, WORKERS, 0, SLOTS)
            until(fleet, lambda: all(worker.known for worker in fleet.workers.values()))
            until(fleet, lambda: client.info("clients")["blocked_clients"] == WORKERS)
            server.kill()
            fleet.step(0.05)
            server.start()
            until(fleet, lambda: client.info("clients")["blocked_clients"] == WORKERS)
            assert all(worker.known for worker in fleet.workers.values())
            fleet.close()
    finally:
        server.remove()


def names(client: redis.Redis, store: Store) -> list[str]:
    found: list[bytes] = client.zrange(store.keys.workers, 0, -1)  # type: ignore[assignment]
    return [name.decode() for name in found]
