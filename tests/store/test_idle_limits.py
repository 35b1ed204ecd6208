"""A place of a limit that nobody takes: who waits for it behind one that cannot have it does not wait for long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from qctl.store import Reading, Store
from tests.support.set_clock import server_clock_at
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, submit

LOCK = {"locks": ["db"]}


def in_a_paused_queue(store: Store, _server: redis.Redis, _worker: SeedWorker) -> None:
    store.do(store.verbs.pause(["away"], {"by": "ada"}, None))


def of_a_task_at_its_rate(_store: Store, _server: redis.Redis, worker: SeedWorker) -> None:
    worker.register(task_dump={**LOCK, "starts": 1, "window": HOUR_MS}, task_vacuum=LOCK)


def whose_record_was_removed(store: Store, server: redis.Redis, _worker: SeedWorker) -> None:
    server.delete(store.keys.job("first"))
    server.srem(store.keys.parked_in("away"), "first")


@pytest.mark.parametrize(
    "hinder", [in_a_paused_queue, of_a_task_at_its_rate, whose_record_was_removed], ids=lambda one: one.__name__
)
def test_a_lock_that_the_first_does_not_take_is_the_next_ones_in_a_second(
    store: Store,
    read: Reading,
    redis_client: redis.Redis,
    worker: SeedWorker,
    hinder: Callable[[Store, redis.Redis, SeedWorker], None],
) -> None:
    worker.register(task_dump={**LOCK, "starts": 9, "window": HOUR_MS}, task_vacuum=LOCK)
    first, second = a_job("first", task="dump", queue="away"), a_job("second", task="vacuum")
    submit(store, a_job("holder", task="dump"), first, second)
    (holder,) = worker.claim(3, [("default", 1), ("away", 9), ("default", 9)])
    assert worker.claim(9) == []
    hinder(store, redis_client, worker)

    worker.complete(holder)
    assert worker.claim(9) == []
    with server_clock_at(read.now_ms() + 1000):
        store.do(store.verbs.promote())
        assert worker.take().id == "second"


def test_a_place_that_is_taken_is_not_looked_at_for_a_minute(store: Store, worker: SeedWorker) -> None:
    worker.register(task_tidy={"running": 1})
    submit(store, "a", "b", "c")
    worker.complete(worker.claim(3)[0])
    worker.take()

    promoted = store.do(store.verbs.promote())
    assert (promoted.next_due_ms or 0) - promoted.now_ms <= 1000
    with server_clock_at(promoted.now_ms + 1000):
        promoted = store.do(store.verbs.promote())
        assert (promoted.next_due_ms or 0) - promoted.now_ms > 50_000
