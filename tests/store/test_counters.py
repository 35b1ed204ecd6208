"""What scripts count in each minute, for graphs and rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
import redis

from qctl.model.minute import into, out_of, wait_p95_ms
from qctl.store import Reading, Store
from qctl.store.command import Command
from tests.support.store_seed import SeedWorker, a_job, lose, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, send

DEFAULT = [("default", 1)]


def counted(read: Reading) -> list[Mapping[str, int]]:
    minute = read.now_ms() // 60_000
    return [counts for counts in read.counts(range(minute - 2, minute + 1)) if counts]


def begun(read: Reading) -> int:
    """How many waits were counted."""
    return sum(n for counts in counted(read) for name, n in counts.items() if name.startswith("wait:"))


def test_a_job_comes_into_its_queue_once_and_leaves_it_when_it_ends(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    """Also one with a delay; not again when it tries once more, or its worker died."""
    submit(store, "one", a_job("two", queue="batch"), a_job("later", delay_ms=60_000))
    worker.retry(worker.take(DEFAULT), 0)
    store.do(store.verbs.promote())
    worker.take(DEFAULT)
    lose(store, worker)
    worker.register()
    assert into(counted(read)) == Counter(default=2, batch=1)
    assert out_of(counted(read)) == Counter()
    worker.complete(worker.take(DEFAULT))
    worker.bury(worker.take([("batch", 1)]))
    store.do(store.verbs.cancel(["later"], {}))
    assert out_of(counted(read)) == Counter(default=2, batch=1)


def test_what_is_retried_by_hand_comes_in_again(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.bury(worker.take())
    store.do(store.verbs.revive(["one"], {}))
    assert into(counted(read)) == Counter(default=2)


def test_a_job_that_fails_again_after_a_retry_by_hand_has_failed_once(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    """While it runs again, and where it succeeds then, it has not; others that failed have."""

    def failures() -> int:
        return read.failures_since(read.now_ms() - 60_000, read.now_ms())

    submit(store, "one", "two")
    worker.bury(worker.take())
    worker.bury(worker.take())
    store.do(store.verbs.revive(["one"], {}))
    assert failures() == 1
    worker.bury(worker.take())
    assert failures() == 2
    store.do(store.verbs.revive(["one"], {}))
    worker.complete(worker.take())
    assert failures() == 1


def test_a_retry_of_a_job_that_did_not_fail_takes_no_failure_back(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    worker.bury(worker.take())
    store.do(store.verbs.cancel(["two"], {}))
    store.do(store.verbs.revive(["two"], {}))
    assert read.failures_since(read.now_ms() - 60_000, read.now_ms()) == 1


def test_what_waits_for_others_comes_in_when_it_may_start(store: Store, read: Reading, worker: SeedWorker) -> None:
    """One that is skipped never does, and is not counted as leaving either."""
    submit(store, "one", "two")
    submit(store, a_job("after", after=("one",)), a_job("never", after=("two",)))
    assert into(counted(read)) == Counter(default=2)
    claims = {claim.id: claim for claim in worker.claim(2)}
    worker.complete(claims["one"])
    worker.bury(claims["two"])
    assert into(counted(read)) == Counter(default=3)
    assert out_of(counted(read)) == Counter(default=2)


def test_of_a_workflow_its_jobs_are_counted_and_not_itself(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.look()
    crew.end("1")
    crew.look()
    crew.end("2")
    assert into(counted(read)) == out_of(counted(read)) == Counter(default=2)


def test_each_job_is_counted_with_its_wait_when_it_is_begun_first(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    assert begun(read) == 0
    one, two = worker.claim(2)
    worker.retry(one, 0)
    worker.complete(two)
    store.do(store.verbs.promote())
    worker.complete(worker.take())
    assert begun(read) == 2


@pytest.mark.parametrize("waited", [1, 3, 1000, 1400, 60_000, 86_400_000])
def test_a_wait_is_told_to_a_tenth(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis, waited: int
) -> None:
    submit(store, "one")
    redis_client.hincrby(store.keys.job("one"), "at", -waited)
    (claim,) = worker.claim()
    wait = wait_p95_ms(counted(read))
    least = waited  # and what passed between the two calls
    started = store.do(Command(("HGET", store.keys.job("one"), "st"), int))
    exact = started - claim.enqueued_ms
    assert exact >= least
    assert wait is not None
    assert exact / 1.1 - 1 <= wait <= exact * 1.1 + 1


def test_counters_end_by_themselves_and_are_not_renewed_by_every_call(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    submit(store, "one")
    worker.complete(worker.take())
    keys = list(redis_client.scan_iter(f"{store.keys.prefix}stats:*"))
    for key in keys:
        assert 0 < redis_client.pttl(key) <= 172_800_000
        redis_client.pexpire(key, 100_000)
    submit(store, "two")
    assert all(redis_client.pttl(key) <= 100_000 for key in keys)
