"""trim_queues: changes no job. The names of queues that nobody uses any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from qctl.store import Command, Reading, Store
from qctl.store.taken import Taken
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, changed, everything, make_due, submit
from tests.support.workflow_seed import a_workflow, send, step

DAY_MS = 24 * HOUR_MS


@pytest.fixture(autouse=True)
def old(store: Store, worker: SeedWorker) -> None:
    """A queue that was used once."""
    submit(store, a_job("one", queue="old"))
    worker.complete(worker.take())


def trim(store: Store, idle_ms: int = DAY_MS) -> list[str]:
    return store.do(store.verbs.trim_queues(idle_ms))


def let_a_day_pass(store: Store) -> None:
    for name in store.do(Command(("ZRANGE", store.keys.idle, 0, -1), list)):
        store.do(Command(("ZINCRBY", store.keys.idle, -DAY_MS, name), float))


def test_a_name_goes_when_its_queue_has_been_idle_for_a_day(store: Store, read: Reading) -> None:
    assert trim(store) == []
    assert trim(store) == []
    before = everything(store)
    let_a_day_pass(store)
    assert trim(store) == ["old"]
    assert changed(before, everything(store)) == {"queues": None, "idle": None}
    assert read.queue_names() == []


def test_a_job_brings_it_back(store: Store, read: Reading, worker: SeedWorker) -> None:
    assert trim(store, 0) == ["old"]
    submit(store, a_job("two", queue="old"))
    assert read.queue_names() == ["old"]
    assert worker.take().id == "two"


def test_a_queue_that_is_used_between_two_looks_is_not_idle(store: Store, worker: SeedWorker) -> None:
    trim(store)
    let_a_day_pass(store)
    submit(store, a_job("two", queue="old"))
    worker.complete(worker.take())
    assert trim(store) == []


def ready(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("two", queue="old"))


def running(store: Store, worker: SeedWorker) -> None:
    ready(store, worker)
    worker.take()


def parked(store: Store, worker: SeedWorker) -> None:
    worker.register(task_tidy={"running": 1})
    submit(store, a_job("first", queue="other"), a_job("two", queue="old"))
    assert [claim.id for claim in worker.claim(2)] == ["first"]


def scheduled(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("two", queue="old", delay_ms=9 * DAY_MS))


def waiting(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("first", queue="other"), a_job("two", queue="old", after=("first",)))


def of_a_workflow(store: Store, worker: SeedWorker) -> None:
    send(store, a_workflow(step("a", queue="old", delay_ms=DAY_MS)))


def paused(store: Store, worker: SeedWorker) -> None:
    store.do(store.verbs.pause(["old"], {"by": "ada"}, None))


def limited(store: Store, worker: SeedWorker) -> None:
    worker.register(queue_old={"running": 9})


def named(store: Store, worker: SeedWorker) -> None:
    store.do(store.verbs.register("w2", {"label": "w2", "queues": ["old"]}))


@pytest.mark.parametrize(
    "use",
    [ready, running, parked, scheduled, waiting, of_a_workflow, paused, limited, named],
    ids=lambda one: one.__name__,
)
def test_a_queue_with_a_job_a_pause_a_limit_or_a_worker_keeps_its_name(
    store: Store, worker: SeedWorker, read: Reading, use: Callable[[Store, SeedWorker], None]
) -> None:
    trim(store)
    use(store, worker)
    let_a_day_pass(store)
    assert "old" not in trim(store, 0)
    assert "old" in read.queue_names()


@pytest.mark.damaged("a job's record is deleted")
def test_a_parked_job_whose_record_was_removed_counts_no_more(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    worker.register(task_tidy={"running": 1}, queue_old={"length": 2})
    submit(store, a_job("first", queue="other"), a_job("two", queue="old"))
    (first,) = worker.claim(2)
    redis_client.delete(store.keys.job("two"))
    worker.complete(first)

    trim(store)

    assert not redis_client.exists(store.keys.parked_in("old"))
    assert [one.taken for one in submit(store, *(a_job(f"j{n}", queue="old") for n in range(3)))] == [
        Taken.NEW,
        Taken.NEW,
        Taken.FULL,
    ]


def test_of_those_that_are_parked_all_others_stay(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    parked(store, worker)
    trim(store)
    assert redis_client.smembers(store.keys.parked_in("old")) == {b"two"}


def test_names_of_one_host_go_by_the_queue_that_they_are_a_part_of(store: Store, read: Reading) -> None:
    submit(store, a_job("two", queue="old@db1"))
    store.do(store.verbs.cancel(["two"], {}))
    paused(store, SeedWorker(store))
    assert trim(store, 0) == []
    store.do(store.verbs.resume(["old"]))
    assert sorted(trim(store, 0)) == ["old", "old@db1"]


def test_a_scheduled_job_of_a_name_that_was_lost_is_queued_all_the_same(store: Store, worker: SeedWorker) -> None:
    scheduled(store, worker)
    store.do(Command(("DEL", store.keys.queues), int))
    make_due(store, "two")
    store.do(store.verbs.promote())
    assert worker.take().id == "two"


def many_scheduled(store: Store, worker: SeedWorker, number: int) -> None:
    submit(store, *(a_job(f"s{n}", queue="other", delay_ms=9 * DAY_MS) for n in range(number)))


def many_running(store: Store, worker: SeedWorker, number: int) -> None:
    worker.register()
    submit(store, *(a_job(f"r{n}", queue="other") for n in range(number)))
    assert len(worker.claim(number)) == number


def many_workers(store: Store, worker: SeedWorker, number: int) -> None:
    for n in range(number // 10):
        SeedWorker(store, f"more{n}").register()


@pytest.mark.parametrize("many", [many_scheduled, many_running, many_workers], ids=lambda one: one.__name__)
def test_beside_too_many_to_look_at_none_is_read_and_a_name_goes_after_a_month(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, many: Callable[[Store, SeedWorker, int], None]
) -> None:
    """Also that of a queue of which a job is scheduled: this brings it back."""
    scheduled(store, worker)
    many(store, worker, 1001)
    trim(store)
    for day in range(1, 32):
        let_a_day_pass(store)
        redis_client.config_resetstat()
        gone = trim(store)
        said = redis_client.info("commandstats")
        assert said.get("cmdstat_hgetall", {"calls": 0})["calls"] == 0
        assert said.get("cmdstat_hget", {"calls": 0})["calls"] < 20
        assert ("old" in gone) == (day == 30)
    make_due(store, "two")
    store.do(store.verbs.promote())
    assert "old" in store.do(Command(("SMEMBERS", store.keys.queues), lambda names: [name.decode() for name in names]))
