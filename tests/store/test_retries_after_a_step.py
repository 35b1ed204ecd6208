"""heartbeat: after the clock was set back (fault 58) nobody waits for another try for as long as the step was."""

from __future__ import annotations

from typing import Final

import pytest
import redis

from qctl.store import Reading, Store
from tests.support.set_clock import server_clock_at
from tests.support.store_seed import SeedWorker, a_job, a_record, everything, fields_of, submit

STEP: Final = 3_600_000
BACKOFF: Final = 5_000


def try_again(store: Store, worker: SeedWorker, job: str, now: int, delay_ms: int = BACKOFF) -> None:
    """Let an attempt fail at this moment, and be followed by another."""
    submit(store, job)
    assert worker.retry(worker.take(), delay_ms, record=a_record(1, "failed", times=(now - 10, now)))


def dues(read: Reading, *jobs: str) -> list[int | None]:
    return [read.job(job).due_ms for job in jobs]


def promoted(store: Store, worker: SeedWorker) -> list[str]:
    store.do(store.verbs.promote())
    return [claim.id for claim in worker.claim(9)]


def test_a_job_is_tried_again_after_its_backoff_and_begins_at_the_time_it_was_asked_for(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    now = read.now_ms()
    with server_clock_at(now + STEP):
        worker.heartbeat()
        try_again(store, worker, "again", now + STEP)
        submit(store, a_job("later", delay_ms=BACKOFF))
    with server_clock_at(now + 1000):
        worker.heartbeat()
        assert dues(read, "again", "later") == [now + 1000 + BACKOFF, now + STEP + BACKOFF]
        assert promoted(store, worker) == []
    with server_clock_at(now + 1000 + BACKOFF):
        assert promoted(store, worker) == ["again"]


def test_one_step_is_taken_once_however_many_workers_notice_it(
    store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    now = read.now_ms()
    with server_clock_at(now + STEP):
        worker.heartbeat()
        try_again(store, worker, "again", now + STEP, 3 * STEP)
    with server_clock_at(now + STEP + 1000):
        other_worker.heartbeat()
    with server_clock_at(now + 2000):
        for each in (worker, other_worker, worker):
            each.heartbeat()
        assert dues(read, "again") == [now + STEP + 3 * STEP - (STEP - 1000)], "by the later of their clocks"


def test_what_is_to_be_tried_again_by_the_new_clock_stays_as_it_is(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    """It ended between the step and the heartbeat that notices it: by the new clock, or where its worker has not heard
    of that yet by the old one.
    """
    now = read.now_ms()
    with server_clock_at(now + STEP):
        worker.heartbeat()
    with server_clock_at(now):
        try_again(store, worker, "new", now, STEP)
        try_again(store, worker, "old", now + STEP)
    with server_clock_at(now + 1000):
        worker.heartbeat()
        assert dues(read, "new", "old") == [now + STEP, now + BACKOFF]


@pytest.mark.parametrize("step", [STEP, BACKOFF, 2000])
def test_of_a_clock_that_is_set_back_again_and_again_each_step_is_taken(
    store: Store, read: Reading, worker: SeedWorker, step: int
) -> None:
    now = read.now_ms()
    with server_clock_at(now):
        worker.heartbeat()
        try_again(store, worker, "again", now)
    for steps in range(1, 5):
        with server_clock_at(now - steps * step):
            worker.heartbeat()
            assert dues(read, "again") == [now - steps * step + BACKOFF]


@pytest.mark.damaged("an attempt is written into a record")
def test_a_time_that_somebody_asked_for_stays_it_also_of_a_job_that_has_run(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """As of one that was run again behind others: it waits for them, then for its time."""
    now = read.now_ms()
    with server_clock_at(now + STEP):
        worker.heartbeat()
        submit(store, a_job("later", delay_ms=BACKOFF))
        record = a_record(1, "failed", times=(now, now + STEP))
        redis_client.hset(store.keys.job("later"), mapping={"n": 1, "a1": record})
    with server_clock_at(now):
        worker.heartbeat()
        assert dues(read, "later") == [now + STEP + BACKOFF]


@pytest.mark.parametrize("garbage", [b"", b"[]", b'{"e": "x"}', b"{"])
def test_a_record_that_nobody_can_read_keeps_no_worker_from_its_heartbeat(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis, garbage: bytes
) -> None:
    now = read.now_ms()
    with server_clock_at(now + STEP):
        worker.heartbeat()
        try_again(store, worker, "again", now + STEP)
    redis_client.hset(store.keys.job("again"), "a1", garbage)
    before = fields_of(everything(store), "again")
    with server_clock_at(now):
        assert worker.heartbeat().now_ms == now
    assert fields_of(everything(store), "again") == before
