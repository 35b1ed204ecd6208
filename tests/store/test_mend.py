"""mend: jobs that stand nowhere are put back to where their state says that they stand (fault 81)."""

from __future__ import annotations

import pytest
import redis

from qctl.model.state import State
from qctl.store import Command, Reading, Store
from qctl.store.values import Answer
from tests.support.store_seed import SeedWorker, a_job, changed, everything, lose, make_due, submit
from tests.support.workflow_seed import a_workflow, chain, group, send

ROUND_MS = 60_000


def mend(store: Store, limit: int = 500) -> list[str]:
    """A whole round, whoever began one lately."""
    place: int | None = 0
    found: list[str] = []
    store.do(Command(("DEL", store.keys.mended), int))
    while place is not None:
        place, ids = store.do(store.verbs.mend(place, limit, ROUND_MS))
        found += ids
    return found


def test_where_all_stand_as_they_should_nothing_is_touched(store: Store, worker: SeedWorker) -> None:
    """Fault 81: in a healthy store it repairs none."""
    worker.register(task_narrow={"running": 1})
    submit(store, "ends", "runs")
    worker.complete(worker.take())
    worker.take()
    submit(store, "queued", a_job("later", delay_ms=60_000), a_job("waits", after=("queued",)))
    submit(store, a_job("narrow1", task="narrow"), a_job("narrow2", task="narrow"), a_job("gone", task="new"))
    worker.claim(1, [("nowhere", 1)])
    send(store, a_workflow(chain("a", "b"), "flow"))
    before = everything(store)

    assert mend(store, limit=2) == []

    assert set(changed(before, everything(store))) <= {"mended"}


def test_a_queued_job_that_stands_in_no_queue_comes_back_at_its_place(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 81."""
    submit(store, "first", "second", a_job("urgent", priority=9))
    redis_client.delete(store.keys.ready("default"))

    assert set(mend(store)) == {"first", "second", "urgent"}

    assert [claim.id for claim in worker.claim(3)] == ["urgent", "first", "second"]


def test_one_that_a_limit_held_back_and_has_lost(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    """Fault 81: it comes back, and the limit holds it again if it must."""
    worker.register(task_tidy={"running": 1})
    submit(store, "one", "two")
    first = worker.claim(2)
    redis_client.delete(store.keys.parked("task:tidy"))

    assert mend(store) == ["two"]

    assert worker.claim(1) == []
    worker.complete(first[0])
    assert [claim.id for claim in worker.claim(1)] == ["two"]


def test_one_that_was_due_later_is_due_then(store: Store, read: Reading, redis_client: redis.Redis) -> None:
    """Fault 81."""
    submit(store, a_job("later", delay_ms=60_000))
    redis_client.delete(store.keys.scheduled)

    assert mend(store) == ["later"]

    due = read.job("later").due_ms
    assert redis_client.zscore(store.keys.scheduled, "later") == due
    make_due(store, "later")
    store.do(store.verbs.promote())
    assert read.job("later").state is State.QUEUED


def test_one_that_runs_is_again_its_workers(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    """Faults 41 and 81: the list of what a worker owns was dropped."""
    submit(store, "one")
    claim = worker.take()
    redis_client.delete(store.keys.running("w1"))

    assert mend(store) == ["one"]

    assert worker.heartbeat().owned == {"one": claim.fence}
    assert worker.complete(claim) is Answer.OK


def test_one_whose_worker_is_gone_without_a_trace_is_reclaimed(
    store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Faults 41 and 81: nobody would look for it."""
    submit(store, "one")
    worker.take()
    redis_client.delete(store.keys.running("w1"), store.keys.worker("w1"))
    redis_client.zrem(store.keys.workers, "w1")

    assert mend(store) == ["one"]

    assert other_worker.heartbeat(peers=9).peers == {"w1": -1}
    lose(store, worker)
    assert (read.job("one").state, read.job("one").losses) == (State.QUEUED, 1)


def test_a_job_of_a_workflow_does_not_hold_it_up_for_ever(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 81."""
    send(store, a_workflow(chain("a", "b"), "flow"))
    redis_client.delete(store.keys.ready("default"))

    assert mend(store) == ["flow.1"]

    assert worker.take().id == "flow.1"


@pytest.mark.damaged("records are written by hand")
@pytest.mark.parametrize("damage", ["list", "no queue", "gone"])
def test_what_nobody_can_read_is_left_to_whoever_meets_it(store: Store, redis_client: redis.Redis, damage: str) -> None:
    submit(store, "one", "bad")
    redis_client.delete(store.keys.ready("default"))
    match damage:
        case "list":
            redis_client.delete(store.keys.job("bad"))
            redis_client.rpush(store.keys.job("bad"), "?")
        case "no queue":
            redis_client.hdel(store.keys.job("bad"), "q")
        case _:
            redis_client.delete(store.keys.job("bad"))

    assert mend(store) == ["one"]


def test_one_round_is_enough_for_all_workers(store: Store, redis_client: redis.Redis) -> None:
    submit(store, "one")
    assert store.do(store.verbs.mend(0, 9, ROUND_MS)) == (None, [])
    redis_client.delete(store.keys.ready("default"))
    assert store.do(store.verbs.mend(0, 9, ROUND_MS)) == (None, [])
    assert mend(store) == ["one"]


def test_what_was_put_back_is_counted(store: Store, read: Reading, redis_client: redis.Redis) -> None:
    """Fault 81."""
    submit(store, "one", "two")
    redis_client.delete(store.keys.ready("default"))
    mend(store)
    assert redis_client.zcard(store.keys.repaired) == 2
    assert "repaired two one" in everything(store)["events"]


def test_a_step_is_bounded_whatever_workflows_hold(store: Store, redis_client: redis.Redis) -> None:
    """Fault 81: all others wait for it; what it has not come to the next step finds."""
    for name in ("one", "two", "three"):
        send(store, a_workflow(group("a", "b", "c"), name))
    redis_client.delete(store.keys.ready("default"))

    place, ids = store.do(store.verbs.mend(0, 2, ROUND_MS))

    assert (place, sorted(ids)) == (1, ["three.1", "three.2", "three.3"])
    assert sorted(mend(store, limit=2)) == [f"{name}.{number}" for name in ("one", "two") for number in (1, 2, 3)]


def test_a_round_that_lasts_is_nobody_elses_meanwhile(store: Store, redis_client: redis.Redis) -> None:
    submit(store, "one", "two", "three")
    place, _ = store.do(store.verbs.mend(0, 1, ROUND_MS))
    redis_client.delete(store.keys.mended)  # as if it had lasted for so long

    assert place == 1
    store.do(store.verbs.mend(place, 1, ROUND_MS))

    assert store.do(store.verbs.mend(0, 9, ROUND_MS)) == (None, [])
