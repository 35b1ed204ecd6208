"""A claim of every queue costs what the queues with jobs cost, and not what all that there are do."""

from __future__ import annotations

from collections import Counter

import pytest
import redis

from qctl.store import Store
from tests.store.test_commands_per_job import commands
from tests.store.test_missing import give_back, knows
from tests.support.store_seed import SeedWorker, a_job, submit

MANY = 1000
#: Of jobs that were tried before, the long way is gone.
WAYS = pytest.mark.parametrize("tried", [False, True], ids=["the short way", "the long way"])


def fill(store: Store, client: redis.Redis, queues: int, jobs: int, tried: bool = False) -> None:
    """Put so many jobs into each of so many queues."""
    for number in range(jobs):
        submit(store, *(a_job(f"j{queue}-{number}", queue=f"q{queue}") for queue in range(queues)))
    for queue in range(queues if tried else 0):
        for number in range(jobs):
            client.hset(store.keys.job(f"j{queue}-{number}"), "x", 1)


def know_many_queues(client: redis.Redis, store: Store) -> None:
    """Let there be names of queues that have no job."""
    client.sadd(store.keys.queues, *(f"idle{number}" for number in range(MANY)))


@WAYS
def test_queues_without_jobs_cost_next_to_nothing(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, tried: bool
) -> None:
    know_many_queues(redis_client, store)
    fill(store, redis_client, 3, 1, tried)

    assert commands(redis_client, lambda: worker.claim(9)) < MANY / 2
    assert commands(redis_client, lambda: worker.claim(9)) < 40


@WAYS
def test_of_many_queues_with_jobs_each_has_its_turn_and_more_is_said_until_none_is_left(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, tried: bool
) -> None:
    fill(store, redis_client, 230, 4, tried)
    taken: Counter[str] = Counter()
    more = True
    while more:
        answer = worker.ask(100)
        taken.update(claim.queue for claim in answer.claims)
        more = answer.more
        assert 0 < len(answer.claims) <= 100
        if taken.total() == 300:
            assert len(taken) == 230, "none waits until the others are empty"
    assert set(taken.values()) == {4}
    assert len(taken) == 230


def test_while_all_are_paused_nobody_is_told_that_there_is_more(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    fill(store, redis_client, 230, 1)
    store.do(store.verbs.pause(["*"], {"by": "ada"}, None))
    assert [worker.ask(9).more for _ in range(3)] == [False] * 3


def test_those_that_are_paused_hold_up_one_that_is_not_for_some_looks_at_most(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    fill(store, redis_client, 230, 1)
    store.do(store.verbs.pause([f"q{number}" for number in range(1, 230)], {"by": "ada"}, None))
    assert [claim.queue for _ in range(5) for claim in worker.claim(9)] == ["q0"]


def test_jobs_that_wait_for_a_task_are_taken_though_nothing_else_is_in_their_queue(
    store: Store, worker: SeedWorker, other_worker: SeedWorker, redis_client: redis.Redis
) -> None:
    know_many_queues(redis_client, store)
    knows(other_worker, "new")
    submit(store, a_job("n", task="new", queue="rare"))
    give_back(worker)

    assert [claim.id for claim in other_worker.claim(9)] == ["n"]


def test_a_queue_of_another_host_is_none_of_them(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    know_many_queues(redis_client, store)
    submit(store, a_job("here", queue="q@web1"), a_job("there", queue="q@web2"))
    command = store.verbs.claim(worker.id, 1, 9, "*", host="web1")

    assert [claim.id for claim in store.do(command).claims] == ["here"]
