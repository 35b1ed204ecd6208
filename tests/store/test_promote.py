"""promote: scheduled -> queued | ended (expired)."""

from __future__ import annotations

import redis

from qctl.model.state import Outcome, Reason, State
from qctl.store import Reading, Store
from tests.store.test_claims_of_much import MB
from tests.support.store_seed import SeedWorker, a_job, changed, everything, make_due, submit

LEVEL = 2**49


def test_a_due_job_is_queued_where_submit_would_put_it_and_nothing_else_is_touched(
    store: Store, redis_client: redis.Redis
) -> None:
    submit(store, a_job("one", delay_ms=60_000, priority=7), a_job("later", delay_ms=90_000), a_job("queued"))
    make_due(store, "one")
    before = everything(store)

    promoted = store.do(store.verbs.promote())

    assert promoted.count == 1
    assert changed(before, everything(store)) == {
        "job:one s": "queued",
        "job:one due": None,
        "job:one sc": str(2 * LEVEL + 2),
        "scheduled": ["later"],
        "ready:default": [("one", 2 * LEVEL + 2), ("queued", 4 * LEVEL + 1)],
        "seq": b"2",
        "wake:default": 3,
        "events": ["promote one"],
    }


def test_the_next_due_time_and_the_servers_time_are_told(store: Store, read: Reading) -> None:
    submit(store, a_job(delay_ms=60_000))
    before = everything(store)
    promoted = store.do(store.verbs.promote())
    assert (promoted.count, promoted.next_due_ms) == (0, read.job("one").due_ms)
    assert abs(promoted.now_ms - read.now_ms()) < 5000
    assert everything(store) == before


def test_jobs_become_ready_in_the_order_in_which_they_are_due(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    submit(store, *(a_job(f"j{n}", delay_ms=60_000) for n in range(4)))
    make_due(store, "j2", "j0", "j3", "j1")
    store.do(store.verbs.promote())
    assert [claim.id for claim in worker.claim(4)] == ["j2", "j0", "j3", "j1"]


def test_jobs_that_are_due_together_stand_in_their_queues_by_priority_and_in_turn(
    store: Store, redis_client: redis.Redis
) -> None:
    jobs = [a_job(f"j{n:02}", delay_ms=60_000, queue=f"q{n % 2}", priority=n % 3) for n in range(30)]
    submit(store, *jobs)
    make_due(store, *(job.id for job in jobs))

    assert store.do(store.verbs.promote()).count == 30

    for queue in ("q0", "q1"):
        due = [number for number in range(30) if f"q{number % 2}" == queue]
        ready = redis_client.zrange(store.keys.ready(queue), 0, -1)
        assert ready == [f"j{number:02}".encode() for number in sorted(due, key=lambda number: (-(number % 3), number))]


def test_one_call_moves_no_more_than_it_was_asked_to(store: Store, redis_client: redis.Redis) -> None:
    submit(store, *(a_job(f"j{n}", delay_ms=60_000) for n in range(3000)))
    make_due(store, *(f"j{n}" for n in range(3000)))
    first = store.do(store.verbs.promote(100))
    assert (first.count, first.next_due_ms) == (100, 101)
    assert store.do(store.verbs.promote(2800)).count == 2800
    assert store.do(store.verbs.promote(500)).count == 100


def test_of_large_jobs_one_call_moves_some_megabytes_and_the_others_stay_due(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    ids = [f"j{n}" for n in range(7)]
    for name in ids:
        submit(store, a_job(name, body=b"x" * MB, delay_ms=60_000))
    make_due(store, *ids)

    first = store.do(store.verbs.promote())

    assert (first.count, first.next_due_ms) == (4, 5)
    assert everything(store)["scheduled"] == ids[4:]
    second = store.do(store.verbs.promote())
    assert (second.count, second.next_due_ms) == (3, None)
    assert [worker.take().id for _ in ids] == ids


def test_the_same_call_again_changes_nothing(store: Store, redis_client: redis.Redis) -> None:
    submit(store, a_job(delay_ms=60_000))
    make_due(store, "one")
    store.do(store.verbs.promote())
    before = everything(store)
    assert store.do(store.verbs.promote()).count == 0
    assert everything(store) == before


def test_an_expired_job_ends_instead(store: Store, read: Reading, redis_client: redis.Redis) -> None:
    submit(store, a_job(delay_ms=60_000, expires_ms=50_000))
    make_due(store, "one")
    redis_client.hset(store.keys.job("one"), "ex", 1)

    store.do(store.verbs.promote())

    job = read.job("one")
    assert (job.state, job.outcome, job.reason) == (State.ENDED, Outcome.EXPIRED, Reason.EXPIRED)
    after = everything(store)
    assert "ready:default" not in after
    assert "scheduled" not in after
    assert after["unsuccessful"] == ["one"]


def test_broken_records_and_ids_that_are_not_scheduled_are_stepped_over(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Faults 80 and 81."""
    submit(store, "runs", a_job("bad", delay_ms=60_000), a_job("good", delay_ms=60_000))
    worker.take()
    redis_client.set(store.keys.job("bad"), b"\xff")
    make_due(store, "runs", "bad", "gone", "good")

    store.do(store.verbs.promote())

    assert redis_client.get(store.keys.broken("bad")) == b"\xff"
    assert [claim.id for claim in worker.claim(9)] == ["good"]
    assert set(worker.heartbeat().owned) == {"runs", "good"}
    assert "scheduled" not in everything(store)
