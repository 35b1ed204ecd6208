"""What an instance tells of itself: live and silent workers, queues that nobody reads."""

from __future__ import annotations

import pytest

from qctl.client import Client
from qctl.client.overview import look_around
from qctl.config.requests import Options, Request
from qctl.store import Store
from qctl.store.command import Command
from tests.support.store_seed import SeedWorker


def fall_silent(store: Store, worker: str) -> None:
    """Let a worker's last heartbeat be long ago."""
    store.do(Command(("HSET", store.keys.worker(worker), "seen", 1), int))


def test_a_queue_with_jobs_that_no_living_worker_reads_is_named(client: Client, store: Store) -> None:
    store.do(store.verbs.register("w1", {"label": "db1.1", "queues": ["high"]}))
    client.submit([Request(task="greet", options=Options(queue=name)) for name in ("high", "low", "low")])
    health = client.health()
    assert health.unread == ("low",)
    assert (health.ready, health.running) == (3, 0)
    assert [worker.label for worker in health.workers] == ["db1.1"]


def test_a_worker_that_was_silent_for_a_lease_is_gone(client: Client, store: Store, worker: SeedWorker) -> None:
    assert [one.id for one in client.live_workers("default")] == ["w1"]
    fall_silent(store, "w1")
    assert client.live_workers("default") == []
    assert [one.id for one in client.health().gone] == ["w1"]


def test_what_a_worker_that_is_gone_still_has_is_seen_to_run(client: Client, store: Store, worker: SeedWorker) -> None:
    """Its number is told, and so are its jobs: until its lease is over nobody takes them from it."""
    client.submit([Request(task="greet")])
    job = worker.take().id
    fall_silent(store, "w1")
    world = look_around(client, few=4)
    assert ([one.id for one in world.running], world.health.running) == ([job], 1)


def test_a_temporary_worker_reads_no_queue(client: Client, store: Store) -> None:
    store.do(store.verbs.register("w1", {"label": "x", "only": ["7kq2f8wz"]}))
    assert client.live_workers("default") == []


def test_failures_of_the_last_day_are_counted(client: Client, worker: SeedWorker) -> None:
    client.submit([Request(task="greet")] * 2)
    worker.bury(worker.take())
    worker.complete(worker.take())
    assert client.health().failed_last_day == 1


@pytest.mark.damaged("as for who reads in two round trips")
def test_queues_are_told_although_one_of_their_jobs_ends_meanwhile(
    client: Client, store: Store, worker: SeedWorker
) -> None:
    client.submit([Request(task="greet")])
    claim = worker.take()
    worker.complete(claim)
    # As it stands for whoever read the worker's jobs just before the end, and the jobs themselves just after.
    store.do(Command(("HSET", store.keys.running("w1"), claim.id, claim.fence), int))

    (queue,) = client.reading.queues()

    assert (queue.ready, queue.running) == (0, 0)


def test_queues_tell_what_is_ready_running_and_scheduled(client: Client, worker: SeedWorker) -> None:
    client.submit([Request(task="greet"), Request(task="greet"), Request(task="greet", options=Options(countdown=60))])
    worker.take()
    (queue,) = client.reading.queues()
    assert (queue.ready, queue.running, queue.scheduled) == (1, 1, 1)
    assert queue.oldest_ms is not None


def test_queues_tell_what_was_tried_and_is_due_again_apart(client: Client, worker: SeedWorker) -> None:
    client.submit([Request(task="greet"), Request(task="greet", options=Options(countdown=60))])
    worker.retry(worker.take(), 60_000)
    (queue,) = client.reading.queues()
    assert (queue.scheduled, queue.retrying) == (2, 1)
