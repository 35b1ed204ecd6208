"""What a job is after a call that was refused: as before it. Somebody has put something else where it was to stand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from qctl.model.state import State
from qctl.store import Command, Reading, Store
from qctl.store.refusals import WrongType
from qctl.store.values import Answer, Claim
from tests.store.test_follow_damage import written_over
from tests.store.test_prioritise import prioritised
from tests.store.test_workflow_replacing import replace
from tests.support.invariants import broken_invariants
from tests.support.store_seed import SeedWorker, a_job, everything, fields_of, make_due, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, group, send

Ends = Callable[[SeedWorker, Claim], Answer]


@pytest.mark.parametrize(
    ("key", "end"),
    [
        ("ready:default", lambda worker, claim: worker.release(claim)),
        ("queues", lambda worker, claim: worker.release(claim)),
        ("parked:nobody:tidy", lambda worker, claim: worker.release(claim, missing=True)),
        ("parkedin:default", lambda worker, claim: worker.release(claim, missing=True)),
        ("scheduled", lambda worker, claim: worker.retry(claim)),
    ],
)
def test_a_job_that_cannot_be_given_back_runs_still_and_goes_back_when_that_is_put_right(
    store: Store, redis_client: redis.Redis, worker: SeedWorker, key: str, end: Ends
) -> None:
    submit(store, "one")
    claim = worker.take()
    before = fields_of(everything(store), "one")
    with written_over(redis_client, store.keys.prefix + key):
        with pytest.raises(WrongType):
            end(worker, claim)
        assert fields_of(everything(store), "one") == before
    assert end(worker, claim) is Answer.OK
    assert broken_invariants(store) == []


def test_a_job_whose_workflow_cannot_be_waited_for_runs_still(
    store: Store, read: Reading, redis_client: redis.Redis, crew: Crew
) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.look()
    claim = crew.claims["1"]
    with written_over(redis_client, store.keys.prefix + "waiting"), pytest.raises(WrongType):
        replace(store, crew, "1", "x")
    assert (read.job("w.1").state, read.job("w.1").owner) == (State.RUNNING, "w1")
    crew.claims["1"] = claim
    assert replace(store, crew, "1", "x") is Answer.OK
    assert read.job("w.1").state is State.WAITING


def test_due_jobs_of_a_queue_that_cannot_be_entered_stay_scheduled_and_hold_no_others_up(
    store: Store, read: Reading, redis_client: redis.Redis
) -> None:
    """They are looked at again a little later, so that those behind them have their turn however many they are."""
    odd, others = [f"odd{n}" for n in range(3)], ["one", "two"]
    submit(store, *[a_job(name, queue="odd", delay_ms=60_000) for name in odd])
    submit(store, *[a_job(name, delay_ms=60_000) for name in others])
    make_due(store, *odd, *others)

    with written_over(redis_client, store.keys.ready("odd")):
        for _ in range(2):
            with pytest.raises(WrongType):
                store.do(store.verbs.promote(2))
        assert store.do(store.verbs.promote(2)).count == 1
        assert {job.state for job in read.jobs(others)} == {State.QUEUED}
        assert {job.state for job in read.jobs(odd)} == {State.SCHEDULED}

    assert store.do(store.verbs.promote()).count == 0
    make_due(store, *odd)
    assert store.do(store.verbs.promote()).count == 3
    assert {job.state for job in read.jobs(odd)} == {State.QUEUED}
    assert broken_invariants(store) == []


def test_a_parked_job_that_cannot_come_back_stays_parked(
    store: Store, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    worker.register(task_tidy={"running": 1})
    submit(store, "one", "two")
    claim, _ = worker.take(), worker.claim(1)
    limit = "task:tidy"
    with written_over(redis_client, store.keys.ready("default")):
        with pytest.raises(WrongType):
            worker.complete(claim)
        look_at(store, limit)
        with pytest.raises(WrongType):
            store.do(store.verbs.promote())
    assert broken_invariants(store) == []
    look_at(store, limit)
    store.do(store.verbs.promote())
    assert [one.id for one in worker.claim(1)] == ["two"]


def look_at(store: Store, limit: str) -> None:
    """Let the next promote look at what a limit holds back."""
    store.do(Command(("ZADD", store.keys.thaw, "XX", 0, limit), int))


def test_a_job_that_cannot_take_another_level_keeps_its_own(store: Store, redis_client: redis.Redis) -> None:
    submit(store, "one")
    with written_over(redis_client, store.keys.ready("default")):
        before = fields_of(everything(store), "one")
        with pytest.raises(WrongType):
            prioritised(store, 2, "one")
        assert fields_of(everything(store), "one") == before
    assert prioritised(store, 2, "one") == ["7"]
    assert broken_invariants(store) == []


@pytest.mark.parametrize("key", ["parked:task:tidy", "held:task:tidy", "parkedin:default", "thaw"])
def test_a_job_that_can_go_nowhere_keeps_its_place_and_those_behind_it_are_claimed(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker, key: str
) -> None:
    """It is to be parked, for its task runs as often as it may. A claim that finds nothing else is refused."""
    worker.register(task_tidy={"running": 1})
    submit(store, "running")
    worker.take()
    submit(store, "one", "two", a_job("other", task="other"), a_job("last", task="other"))
    with written_over(redis_client, store.keys.prefix + key):
        assert [claim.id for claim in worker.claim(3)] == ["other", "last"]
        before = fields_of(everything(store), "one")
        with pytest.raises(WrongType):
            worker.claim(3)
        assert fields_of(everything(store), "one") == before
        assert redis_client.zrange(store.keys.ready("default"), 0, -1) == [b"one", b"two"]
    assert worker.claim(3) == []
    assert redis_client.zrange(store.keys.parked("task:tidy"), 0, -1) == [b"one", b"two"]
    assert broken_invariants(store) == []


def test_a_queue_of_jobs_that_can_go_nowhere_leaves_the_others_their_turn(
    store: Store, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    worker.register(task_tidy={"running": 1})
    submit(store, *[f"odd{n}" for n in range(300)], a_job("other", task="other", queue="other"))
    with written_over(redis_client, store.keys.held("task:tidy")):
        assert [claim.id for claim in worker.claim(1, [("default", 1), ("other", 1)])] == ["other"]
    assert redis_client.zcard(store.keys.ready("default")) == 300


@pytest.mark.parametrize("key", ["parked:task:tidy", "parkedin:default", "thaw"])
def test_nothing_stays_behind_of_a_job_that_could_not_be_parked_and_then_need_not_be(
    store: Store, redis_client: redis.Redis, worker: SeedWorker, key: str
) -> None:
    """By what says in vain that it is parked its queue would be full too early."""
    worker.register(task_tidy={"running": 1})
    submit(store, "running", "one")
    running = worker.take()
    with written_over(redis_client, store.keys.prefix + key), pytest.raises(WrongType):
        worker.claim()
    worker.complete(running)
    assert [claim.id for claim in worker.claim()] == ["one"]
    assert broken_invariants(store) == []


def test_of_jobs_that_are_asked_for_by_their_ids_one_that_cannot_be_looked_at_keeps_the_others_from_nobody(
    store: Store, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    jobs = ("one", "two", "three")
    submit(store, *jobs)
    with written_over(redis_client, f"{store.keys.prefix}live:two"):
        claimed = store.do(store.verbs.claim("w1", 1, 3, only=jobs)).claims
        assert [claim.id for claim in claimed] == ["one", "three"]
        with pytest.raises(WrongType):
            store.do(store.verbs.claim("w1", 2, 3, only=jobs))
    assert broken_invariants(store) == []
    assert [claim.id for claim in store.do(store.verbs.claim("w1", 3, 3, only=jobs)).claims] == ["two"]


def test_of_nodes_of_a_workflow_one_that_cannot_be_looked_at_keeps_the_others_from_nobody(
    store: Store, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    send(store, a_workflow(group("a", "b", "c")))
    with written_over(redis_client, f"{store.keys.prefix}live:w.2"):
        claimed = store.do(store.verbs.claim("w1", 1, 3, only=["w"])).claims
        assert [claim.id for claim in claimed] == ["w.1", "w.3"]
    assert broken_invariants(store) == []


@pytest.mark.parametrize("task", ["tidy", "plain"])
def test_a_worker_whose_jobs_cannot_be_kept_takes_none(
    store: Store, redis_client: redis.Redis, worker: SeedWorker, task: str
) -> None:
    worker.register(task_tidy={"running": 5})
    submit(store, a_job("one", task=task), a_job("two", task=task))
    with written_over(redis_client, store.keys.running("w1")), pytest.raises(WrongType):
        worker.claim(2)
    assert broken_invariants(store) == []
    assert [claim.id for claim in worker.claim(2)] == ["one", "two"]


@pytest.mark.parametrize("task", ["tidy", "plain"])
@pytest.mark.parametrize("key", ["scheduled", "deadlines", "idle", "wake:default"])
def test_what_has_nothing_to_do_with_the_jobs_that_are_claimed_keeps_none_from_its_worker(
    store: Store, redis_client: redis.Redis, worker: SeedWorker, task: str, key: str
) -> None:
    worker.register(task_tidy={"running": 5})
    submit(store, *[a_job(name, task=task) for name in ("one", "two", "three")])
    with written_over(redis_client, store.keys.prefix + key):
        assert [claim.id for claim in worker.claim(2)] == ["one", "two"]
