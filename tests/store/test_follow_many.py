"""follow: waiting jobs where one call cannot tell them all, where a record is broken, where Redis is full."""

from __future__ import annotations

import pytest
import redis

from qctl.model.state import Outcome, Reason, State
from qctl.store import Command, Reading, Store
from qctl.store.values import Answer
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, end_long_ago, everything, make_due, submit

FAILED = Reason.UPSTREAM_FAILED


class TestOfMany:
    def test_one_call_lets_a_bounded_number_go_on_and_follow_the_rest(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        submit(store, "one", *(a_job(f"j{n:03}", after=("one",)) for n in range(450)))
        worker.complete(worker.take())
        assert read.queues()[0].ready == 200
        assert worker.ask(0).next_due_ms == 0, "a worker is to look at once"

        assert store.do(store.verbs.follow(100)) == (100, True)
        assert store.do(store.verbs.follow(500)) == (150, False)
        assert store.do(store.verbs.follow(500)) == (0, False)
        assert [claim.id for claim in worker.claim(450)] == [f"j{n:03}" for n in range(450)]
        assert not {"unsettled", "waiting", "dependents:one"} & everything(store).keys()

    def test_a_long_line_is_skipped_in_bounded_steps_and_a_repeated_step_changes_nothing(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        submit(store, "j0", *(a_job(f"j{n}", after=(f"j{n - 1}",)) for n in range(1, 451)))
        worker.bury(worker.take())
        assert (read.job("j200").outcome, read.job("j201").state) == (Outcome.SKIPPED, State.WAITING)
        assert store.do(store.verbs.follow()) == (250, False)
        assert {job.reason for job in read.jobs([f"j{n}" for n in range(1, 451)])} == {FAILED}
        before = everything(store)
        assert store.do(store.verbs.follow()) == (0, False)
        assert everything(store) == before

    def test_until_all_are_told_the_job_is_neither_removed_nor_forgotten_nor_run_again(
        self, store: Store, worker: SeedWorker
    ) -> None:
        submit(store, "one", *(a_job(f"j{n:03}", after=("one",)) for n in range(201)))
        worker.complete(worker.take())
        end_long_ago(store, "one", 2 * HOUR_MS)
        before = everything(store)
        assert store.do(store.verbs.remove(["one"])) == ["ACTIVE"]
        assert store.do(store.verbs.revive(["one"])) == ["ACTIVE"]
        assert store.do(store.verbs.forget("tidy", 0, 0)) == (0, False)
        assert everything(store) == before
        store.do(store.verbs.follow())
        assert store.do(store.verbs.remove(["one"])) == ["OK"]

    def test_until_all_are_told_of_one_others_are_forgotten(self, store: Store, worker: SeedWorker) -> None:
        submit(store, "one", "two", *(a_job(f"j{n:03}", after=("one",)) for n in range(201)))
        for claim in worker.claim(2):
            worker.complete(claim)
            end_long_ago(store, claim.id, 2 * HOUR_MS)

        assert store.do(store.verbs.forget("tidy", 0, 0)) == (1, False)

        assert everything(store)["ended:tidy"] == ["one"]
        store.do(store.verbs.follow())


def test_nobody_waits_for_ever_for_a_record_that_cannot_be_read(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    """Fault 81: the record is set aside, and what waits for it is told."""
    submit(store, "one", a_job("two", after=("one",)))
    redis_client.hset(store.keys.job("one"), "p", "x")
    assert worker.claim() == []
    assert store.do(store.verbs.follow()) == (1, False)
    assert read.job("two").reason is FAILED


@pytest.mark.parametrize("met", ["claim", "settlement", "due time"])
def test_nobody_waits_for_ever_for_a_record_that_is_gone(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker, met: str
) -> None:
    """Fault 69: a person or a server has removed it. Whoever meets its id tells those that wait for it."""
    one = a_job("one", delay_ms=HOUR_MS if met == "due time" else None)
    submit(store, one, a_job("two", after=("one",)), a_job("three", after=("two",)))
    claim = worker.take() if met == "settlement" else None
    redis_client.delete(store.keys.job("one"))

    if claim is not None:
        assert worker.complete(claim) is Answer.UNKNOWN
    if met == "due time":
        make_due(store, "one")
        store.do(store.verbs.promote())
    assert worker.claim() == []

    store.do(store.verbs.follow())
    assert [job.reason for job in read.jobs(["two", "three"])] == [FAILED, FAILED]
    assert not {"unsettled", "waiting", "dependents:one"} & everything(store).keys()


def test_a_full_redis_still_lets_them_go_on_and_takes_no_new_ones(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    """Fault 40."""
    submit(store, "one", "two", *(a_job(f"j{n:03}", after=("one",)) for n in range(201)), a_job("z", after=("two",)))
    one, two = worker.claim(2)
    store.do(store.verbs.follow())
    setting = ("CONFIG", "SET", "maxmemory")
    store.do(Command((*setting, "1"), bytes))
    try:
        assert worker.complete(one) is Answer.OK
        assert worker.bury(two) is Answer.OK
        assert store.do(store.verbs.follow()) == (1, False)
    finally:
        store.do(Command((*setting, "0"), bytes))
    assert (read.job("j200").state, read.job("z").outcome) == (State.QUEUED, Outcome.SKIPPED)
