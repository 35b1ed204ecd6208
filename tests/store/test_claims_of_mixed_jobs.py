"""A job that takes the long way among many that do not: these go the short one, and all come in their order."""

from __future__ import annotations

import pytest
import redis

from qctl.store import Store
from tests.support.store_seed import SeedWorker, a_job, submit

ALL = 300  #: jobs that a claim asks for
STRETCH = 64  #: jobs that are worth a call of their own


def ids(first: int, last: int) -> list[str]:
    return [f"j{number:03}" for number in range(first, last)]


def put(store: Store, client: redis.Redis, jobs: int, *tried: int, queue: str = "default") -> None:
    """Jobs of which some were tried before, which makes the way long."""
    submit(store, *(a_job(id_, queue=queue) for id_ in ids(0, jobs)))
    for number in tried:
        client.hset(store.keys.job(f"j{number:03}"), "x", 1)


def test_those_before_it_and_a_stretch_behind_it_go_the_short_way(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    put(store, redis_client, ALL, 100)
    claimed: list[list[str]] = []
    ways: list[str] = []

    while not claimed or claimed[-1]:
        redis_client.config_resetstat()
        answer = worker.ask(ALL)
        assert {(claim.fence, claim.attempt) for claim in answer.claims} <= {(1, 1)}
        assert answer.more == (len(claimed) < 2)
        claimed.append([claim.id for claim in answer.claims])
        ways.append("long" if "cmdstat_hlen" in redis_client.info("commandstats") else "short")

    assert claimed == [ids(0, 100), ids(100, 100 + 2 * STRETCH), ids(100 + 2 * STRETCH, ALL), []]
    assert ways == ["short", "long", "short", "short"]


def test_the_same_turn_again_brings_those_before_it_again_and_no_more(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    put(store, redis_client, 2 * STRETCH, STRETCH)
    first = worker.ask(ALL)

    again = worker.ask_again(ALL)

    assert again.claims == first.claims
    assert [claim.id for claim in first.claims] == ids(0, STRETCH)


@pytest.mark.parametrize("place", [0, STRETCH - 1])
def test_a_few_before_it_go_with_it(store: Store, worker: SeedWorker, redis_client: redis.Redis, place: int) -> None:
    """A round trip costs more than they save."""
    put(store, redis_client, STRETCH + 10, place)

    assert [claim.id for claim in worker.claim(ALL)] == ids(0, STRETCH + 10)


def test_those_that_often_stand_among_others_cost_no_more_calls_than_ever(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    put(store, redis_client, ALL, *range(5, ALL, 20))

    assert [claim.id for claim in worker.claim(ALL)] == ids(0, 200)


def test_where_another_queue_has_jobs_each_has_its_quota(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    put(store, redis_client, 200, 100)
    submit(store, *(a_job(f"other{number}", queue="other") for number in range(100)))

    claimed = worker.claim(200, [("default", 150), ("other", 50)])

    assert [claim.queue for claim in claimed] == ["default"] * 150 + ["other"] * 50


@pytest.mark.parametrize("queues", [[("default", 150), ("other", 150)], [("other", 150), ("default", 150)]])
def test_another_queue_that_is_asked_for_and_has_no_job_has_no_say(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, queues: list[tuple[str, int]]
) -> None:
    put(store, redis_client, 200, 100)

    assert [claim.id for claim in worker.claim(150, queues)] == ids(0, 100)
    assert [claim.id for claim in worker.claim(150, queues)] == ids(100, 200)


def test_where_a_rule_has_a_say_they_come_in_their_order_as_well(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    worker.register(task_tidy={"running": 1000})
    put(store, redis_client, ALL, 100)

    claimed = [[claim.id for claim in worker.claim(ALL)] for _ in range(2)]

    assert claimed == [ids(0, 200), ids(200, ALL)]
