"""A walk through jobs that have not ended: no more is read than somebody takes, and none is left out for that."""

from __future__ import annotations

import pytest
import redis

from qctl.store import Reading, Store
from qctl.store.present import Present
from tests.support.store_seed import SeedWorker, a_job, submit

EVERY = {"running", "queued", "scheduled", "waiting"}


def walked(present: Present, page: int) -> list[str]:
    found: list[str] = []
    while ids := present.page(page):
        found += ids
    return found


@pytest.mark.parametrize("page", [1, 7, 100])
def test_all_are_told_in_their_order_whatever_the_size_of_a_page(store: Store, read: Reading, page: int) -> None:
    """Those scheduled for the same millisecond, too."""
    worker = SeedWorker(store).register(queue_held={"running": 1})
    submit(store, "runs")
    worker.take()
    submit(store, *(a_job(f"q{n:02}") for n in range(40)), *(a_job(f"n{n:02}", queue="night") for n in range(20)))
    submit(store, *(a_job(f"s{n:02}", due_ms=2_000_000_000_000) for n in range(50)), a_job("waits", after=("runs",)))
    present = read.present(EVERY, most=1000, first=page)
    expected = ["runs", *(f"q{n:02}" for n in range(40)), *(f"n{n:02}" for n in range(20))]
    assert present.total == 112
    assert walked(present, page) == [*expected, *(f"s{n:02}" for n in range(50)), "waits"]
    assert not present.cut


def test_what_is_claimed_meanwhile_shifts_none_of_those_to_come(store: Store, read: Reading) -> None:
    worker = SeedWorker(store).register()
    submit(store, *(a_job(f"q{n:02}") for n in range(30)))
    present = read.present(EVERY, most=1000, first=10)
    first = present.page(10)
    worker.claim(10)
    assert [*first, *walked(present, 10)] == [f"q{n:02}" for n in range(30)]


def test_of_each_kind_no_more_than_asked_for_are_told(store: Store, read: Reading) -> None:
    submit(store, *(a_job(f"q{n:02}") for n in range(30)), *(a_job(f"s{n:02}", delay_ms=99_000) for n in range(3)))
    present = read.present(EVERY, most=10, first=4)
    assert walked(present, 4) == [*(f"q{n:02}" for n in range(10)), "s00", "s01", "s02"]
    assert (present.total, present.cut) == (33, True)


@pytest.mark.damaged("a set is seeded without jobs")
def test_jobs_that_limits_hold_back_are_told_each_once(store: Store, read: Reading, redis_client: redis.Redis) -> None:
    submit(store, "one")
    redis_client.sadd(store.keys.parked_in("default"), *(f"p{n:03}" for n in range(300)))
    found = walked(read.present({"queued"}, most=1000, first=20), 20)
    assert found[0] == "one"
    assert sorted(found[1:]) == [f"p{n:03}" for n in range(300)]


def test_where_many_are_scheduled_their_queues_are_told_by_a_sample(store: Store, read: Reading) -> None:
    submit(store, *(a_job(f"s{n:03}", queue="even" if n % 2 else "odd", delay_ms=99_000 + n) for n in range(300)))
    exact = {queue.name: (queue.scheduled, queue.estimated) for queue in read.queues()}
    assert exact == {"even": (150, False), "odd": (150, False)}
    about = {queue.name: (queue.scheduled, queue.estimated) for queue in read.queues(most_scheduled=100)}
    assert about == {"even": (150, True), "odd": (150, True)}
