"""complete: running -> ended (succeeded)."""

from __future__ import annotations

import pytest
import redis

from qctl.model.attempt import MAX_VALUE_BYTES, Value, ValueKind
from qctl.model.state import Outcome, State
from qctl.store import Reading, Store, Wire
from qctl.store.values import Answer
from tests.support.store_seed import (
    SeedWorker,
    a_job,
    a_record,
    changed,
    everything,
    lose,
    settled,
    some_json,
    submit,
)


def test_a_completed_job_is_one_packed_string_in_its_indexes_and_nothing_else_is_touched(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    one, _ = worker.claim(2)
    before = everything(store)

    answer = worker.complete(one, value=some_json("42"), log=b"packed output")

    assert answer is Answer.OK
    assert changed(before, everything(store)) == {
        "job:one form": "packed",
        "job:one s": None,
        "job:one o": None,
        "job:one sc": None,
        "job:one st": None,
        "job:one oc": "succeeded",
        "job:one en": "a time",
        "job:one v": "j42",
        "job:one a1": a_record().decode(),
        "running:w1 one": None,
        "ended:tidy": ["one"],
        "tasks": ["tidy"],
        "log:one:1": b"packed output",
        "outputs": ["one:1"],
        "output_bytes": b"13",
        "stats succeeded:tidy": 1,
        "stats out:default": 1,
        "events": ["complete one"],
    }
    job = read.job("one")
    assert (job.state, job.outcome, job.attempt, job.owner) == (State.ENDED, Outcome.SUCCEEDED, 1, None)
    assert read.value("one") == some_json("42")


def test_the_same_call_again_answers_already_and_changes_nothing(store: Store, worker: SeedWorker) -> None:
    """Fault 48."""
    submit(store, "one")
    claim = worker.take()
    worker.complete(claim, value=some_json("1"), log=b"xyz")
    before = everything(store)
    assert worker.complete(claim, value=some_json("1"), log=b"xyz") is Answer.ALREADY
    assert everything(store) == before


def test_a_late_finish_of_a_lost_attempt_changes_nothing(
    store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    """Attack 47 and faults.md 4.4."""
    submit(store, "one")
    first = worker.take()
    lose(store, worker)
    assert worker.complete(first) is Answer.FENCED
    second = other_worker.take()
    before = everything(store)

    answer = worker.complete(first, value=some_json('"stale"'), log=b"stale")

    assert answer is Answer.FENCED
    assert everything(store) == before
    assert other_worker.complete(second, value=some_json('"fresh"')) is Answer.OK
    assert worker.complete(first, value=some_json('"stale"')) is Answer.FENCED
    assert read.value("one") == some_json('"fresh"')


def test_another_worker_with_a_stolen_fence_is_refused(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    """Attack 47: the fence alone does not open the door; the worker that owns the job does."""
    submit(store, "one")
    claim = worker.take()
    before = everything(store)
    assert other_worker.complete(claim) is Answer.FENCED
    assert everything(store) == before


def test_an_unknown_job_is_answered_so(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    submit(store, "one")
    claim = worker.take()
    redis_client.delete(store.keys.job("one"))
    assert worker.complete(claim) is Answer.UNKNOWN
    assert "running:w1 one" not in everything(store)


def test_one_bad_record_in_a_batch_does_not_hold_up_the_others(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 80: a worker must be able to settle what it holds, whatever was written by hand beside it."""
    submit(store, "one", "bad", "two")
    claims = worker.claim(3)
    redis_client.set(store.keys.job("bad"), "not a record")

    answers = store.do(store.verbs.complete("w1", [settled(claim) for claim in claims]))

    assert answers == [Answer.OK, Answer.UNKNOWN, Answer.OK]
    assert redis_client.get(store.keys.broken("bad")) == b"not a record"
    assert worker.heartbeat().owned == {}
    assert [job.id for job in read.ended(9)] == ["two", "one"]


def test_a_lost_index_of_what_runs_does_not_lose_a_result(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Faults 41 and 81: the job's own record says who owns it; `running:<worker>` is an index over it."""
    submit(store, "one")
    claim = worker.take()
    redis_client.delete(store.keys.running("w1"))
    assert worker.complete(claim) is Answer.OK


def test_five_thousand_jobs_settle_in_one_call(store: Store, worker: SeedWorker) -> None:
    submit(store, *(a_job(f"j{n}") for n in range(5000)))
    claims = worker.claim(5000)
    answers = store.do(store.verbs.complete("w1", [settled(claim) for claim in claims]))
    assert set(answers) == {Answer.OK}
    assert worker.heartbeat().owned == {}


class TestValues:
    @pytest.mark.parametrize("size", [0, 1, 510, 511, 512, 513, 100_000])
    def test_come_back_whole_and_only_small_ones_stand_in_the_record(
        self, store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis, size: int
    ) -> None:
        value = Value(ValueKind.BYTES, bytes(n % 256 for n in range(size)))
        submit(store, "one")
        worker.complete(worker.take(), value=value)
        job = read.job("one")
        assert read.value("one") == value
        assert (job.value_kind, job.value_bytes) == ("s", size)
        assert redis_client.exists(store.keys.value("one")) == (size > 511)

    def test_of_sixteen_megabytes_are_kept_and_no_listing_carries_them(
        self, store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
    ) -> None:
        value = Value(ValueKind.BYTES, b"\x00\xff\r\n" * (MAX_VALUE_BYTES // 4))
        submit(store, "one")
        worker.complete(worker.take(), value=value)
        assert read.value("one") == value
        assert (redis_client.memory_usage(store.keys.job("one")) or 0) < 1000

    def test_absent_is_none(self, store: Store, read: Reading, worker: SeedWorker) -> None:
        submit(store, "one")
        worker.complete(worker.take())
        assert read.value("one") is None
        assert read.value("nobody") is None


def test_bodies_of_a_megabyte_and_of_any_bytes_come_back_whole(store: Store, worker: SeedWorker) -> None:
    bodies = [bytes(range(256)) * 4096, b"", b"\x00", b"\xff\xfe\r\n$5\r\n", b"1" * 1_000_000]
    submit(store, *(a_job(f"j{n}", body=body) for n, body in enumerate(bodies)))
    for some in (bodies[:1], bodies[1:]):  # one call reads a megabyte
        assert [claim.body for claim in worker.claim(5)] == some
        assert [claim.body for claim in worker.ask_again(5).claims] == some


def test_fences_and_attempts_above_two_to_the_fifty_stay_exact(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    submit(store, "one")
    redis_client.hset(store.keys.job("one"), mapping={"f": 2**52, "n": 2**51})
    claim = worker.take()
    assert (claim.fence, claim.attempt) == (2**52 + 1, 2**51 + 1)
    assert worker.heartbeat().owned == {"one": 2**52 + 1}
    assert worker.complete(claim) is Answer.OK


def test_a_cancel_that_came_too_late_leaves_no_order_behind(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    store.do(store.verbs.cancel(["one"], {}))
    assert worker.complete(claim) is Answer.OK
    assert worker.heartbeat().orders == {}


def test_who_waits_is_told_on_the_channel(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    claims = worker.claim(2)
    listener = Wire(store.transport.address, 3.0)
    listener.subscribe(store.keys.ended_channel)
    store.do(store.verbs.complete("w1", [settled(claim) for claim in claims]))
    assert listener.listen(2.0) == b"one two"
    listener.close()
