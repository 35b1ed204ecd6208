"""A claim hands over fewer jobs than it is asked for, where more would hold the server up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import redis

from qctl.model.submission import Submission
from qctl.store import Store
from tests.support.store_seed import SeedWorker, a_job, everything, submit

MB = 1 << 20  #: the bytes that one call reads
#: Of jobs that were tried before, the long way is gone.
WAYS = pytest.mark.parametrize("tried", [False, True], ids=["the short way", "the long way"])


def put(store: Store, client: redis.Redis, jobs: Sequence[Submission], tried: bool) -> None:
    submit(store, *jobs)
    for job in jobs if tried else ():
        client.hset(store.keys.job(job.id), "x", 1)


def large_and_small(each: int) -> list[Submission]:
    """Jobs `a0`, `a1` … of the queue a, which fill a call one by one, and small ones of the queue b."""
    bodies = {"a": b"x" * MB, "b": b"small"}
    return [a_job(f"{queue}{n}", queue=queue, body=body) for queue, body in bodies.items() for n in range(each)]


@WAYS
def test_large_jobs_come_until_they_are_a_megabyte_and_the_others_keep_their_places(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, tried: bool
) -> None:
    jobs = [a_job(f"j{n}", body=b"x" * (MB // 2), priority=9 - n // 3) for n in range(5)]
    put(store, redis_client, jobs, tried)
    waiting = everything(store)["ready:default"]

    first = worker.ask(9)

    assert [claim.id for claim in first.claims] == ["j0", "j1"]
    assert first.more
    assert everything(store)["ready:default"] == waiting[2:]
    assert [[claim.id for claim in worker.claim(9)] for _ in range(3)] == [["j2", "j3"], ["j4"], []]


@WAYS
def test_one_that_is_larger_than_all_that_a_call_reads_comes_alone(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, tried: bool
) -> None:
    put(store, redis_client, [a_job("large", body=b"x" * (MB + 1)), a_job("small")], tried)
    assert [[claim.id for claim in worker.claim(9)] for _ in range(2)] == [["large"], ["small"]]


@WAYS
def test_the_large_jobs_of_a_queue_leave_the_others_their_quotas(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, tried: bool
) -> None:
    put(store, redis_client, large_and_small(3), tried)
    assert [claim.id for claim in worker.claim(4, [("a", 2), ("b", 2)])] == ["a0", "b0", "b1"]


@WAYS
def test_but_of_strict_queues_nothing_is_taken_while_one_before_them_has_work(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, tried: bool
) -> None:
    put(store, redis_client, large_and_small(2), tried)
    claimed = [[claim.id for claim in worker.claim(4, [("a", 4), ("b", 4)])] for _ in range(3)]
    assert claimed == [["a0"], ["a1"], ["b0", "b1"]]


@pytest.mark.parametrize(("tried", "taken"), [(False, (225, 75)), (True, (150, 50))], ids=["short", "long"])
def test_the_long_way_hands_over_two_hundred_at_most_in_the_proportion_that_was_asked_for(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, tried: bool, taken: tuple[int, int]
) -> None:
    put(store, redis_client, [a_job(f"{queue}{n}", queue=queue) for queue in "ab" for n in range(250)], tried)
    answer = worker.ask(300, [("a", 225), ("b", 75)])
    queues = [claim.queue for claim in answer.claims]
    assert (queues.count("a"), queues.count("b")) == taken
    assert answer.more
