"""Limits over all workers: what is at a limit is parked, slows nobody else, and comes back in its order."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.model.state import Outcome
from qctl.model.submission import Submission
from qctl.store import Command, Reading, Store
from qctl.store.taken import Taken
from qctl.store.values import Claim
from tests.store.test_claims_of_much import MB
from tests.support.set_clock import server_clock_at
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, everything, lose, submit

ONE = {"running": 1}
TWO_A_SECOND = {"starts": 2, "window": 1000}


def ids(claims: list[Claim]) -> list[str]:
    return [claim.id for claim in claims]


def say(store: Store, *words: Any) -> Any:
    return store.do(Command(words, lambda reply: reply))


def let_time_pass(store: Store, limit: str, ms: int) -> None:
    """Make what a rate has let start look older, and look at what it holds back."""
    starts = store.keys.starts(limit)
    for member, score in (pair for pair in _pairs(say(store, "ZRANGE", starts, 0, -1, "WITHSCORES"))):
        say(store, "ZADD", starts, float(score) - ms, member)
    say(store, "ZADD", store.keys.thaw, "XX", 0, limit)
    store.do(store.verbs.promote())


def _pairs(flat: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


class TestMaxRunning:
    def test_no_more_run_over_all_workers_and_the_next_comes_when_one_has_ended(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker
    ) -> None:
        worker.register(task_tidy={"running": 2})
        submit(store, "a", "b", "c", "d")

        first = worker.claim(3)
        nothing = other_worker.ask(3)

        assert ids(first) == ["a", "b"]
        assert (nothing.claims, nothing.more) == ((), False)
        worker.complete(first[0])
        assert ids(other_worker.claim(3)) == ["c"]

    def test_priority_and_order_are_kept_in_the_waiting(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_tidy=ONE)
        submit(store, "a", "b", "c", a_job("urgent", priority=9))
        running = worker.claim(9)
        order = []
        while running:
            order += ids(running)
            worker.complete(running[0])
            running = worker.claim(9)

        assert order == ["urgent", "a", "b", "c"]

    def test_what_is_parked_slows_no_other_task(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_tidy=ONE)
        submit(store, *(a_job(f"t{n}") for n in range(50)), a_job("other", task="other"))

        assert ids(worker.claim(1)) == ["t0"]
        assert ids(worker.claim(1)) == ["other"]

    @pytest.mark.parametrize("how", ["complete", "bury", "retry", "release", "reclaim"])
    def test_every_end_of_an_attempt_frees_the_place(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker, how: str
    ) -> None:
        other_worker.register(task_tidy=ONE)
        submit(store, "a", "b")
        claim = worker.take()
        assert other_worker.claim() == []

        lose(store, worker, lost=True) if how == "reclaim" else getattr(worker, how)(claim)

        assert len(other_worker.claim(9)) == 1
        assert len(say(store, "SMEMBERS", store.keys.held("task:tidy"))) == 1

    @pytest.mark.damaged("a job's record is deleted")
    def test_a_holder_whose_record_was_removed_does_not_hold_for_ever(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_tidy=ONE)
        submit(store, "a")
        worker.take()
        say(store, "DEL", store.keys.job("a"))
        submit(store, "b")

        assert ids(worker.claim()) == ["b"]

    def test_a_cancelled_job_leaves_the_parking_place(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_tidy=ONE)
        submit(store, "a", "b", "c")
        running = worker.claim(3)
        store.do(store.verbs.cancel(["b"], {}))

        assert Reading(store).job("b").outcome is Outcome.CANCELLED
        worker.complete(running[0])
        assert ids(worker.claim(3)) == ["c"]
        assert not [key for key in everything(store) if key.startswith("parked")]

    def test_a_job_that_came_back_and_is_cancelled_lets_the_next_one_come(
        self, store: Store, worker: SeedWorker
    ) -> None:
        worker.register(task_tidy=ONE)
        submit(store, "a", "b", "c")
        worker.complete(worker.claim(3)[0])
        store.do(store.verbs.cancel(["b"], {}))

        assert ids(worker.claim(3)) == ["c"]


class TestLock:
    def test_tasks_of_one_lock_never_run_beside_each_other(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_dump={"locks": ["db"]}, task_vacuum={"locks": ["db"]})
        submit(store, a_job("d", task="dump"), a_job("v", task="vacuum"), a_job("other"))

        first = worker.claim(9)
        assert ids(first) == ["d", "other"]
        worker.complete(first[0])
        assert ids(worker.claim(9)) == ["v"]

    def test_a_task_whose_lock_is_taken_out_of_the_file_goes_on_at_once(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_dump={"locks": ["db"]}, task_vacuum={"locks": ["db"]})
        submit(store, a_job("d", task="dump"), a_job("v1", task="vacuum"), a_job("v2", task="vacuum"))
        worker.claim(9)

        worker.register(task_dump={"locks": ["db"]})
        store.do(store.verbs.promote())

        assert ids(worker.claim(9)) == ["v1", "v2"]

    def test_all_limits_are_looked_at_before_one_is_taken(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_dump={"locks": ["db"]}, task_vacuum={"locks": ["db"], "running": 3, **TWO_A_SECOND})
        submit(store, a_job("d", task="dump"), a_job("v", task="vacuum"))

        worker.claim(9)

        found = everything(store)
        assert found["held:lock:db"] == ["d"]
        assert "held:task:vacuum" not in found
        assert "starts:rate:vacuum" not in found


class TestRate:
    def test_no_more_start_in_a_window_and_those_that_wait_come_when_it_has_moved_on(
        self, store: Store, worker: SeedWorker
    ) -> None:
        worker.register(task_tidy=TWO_A_SECOND)
        submit(store, "a", "b", "c", "d", "e")

        for claim in worker.claim(9):
            worker.complete(claim)
        asked = worker.ask(9)
        assert (asked.claims, asked.more) == ((), False)
        assert asked.next_due_ms is not None
        assert 900 < asked.next_due_ms - asked.now_ms < 1200

        let_time_pass(store, "rate:tidy", 1200)
        assert ids(worker.claim(9)) == ["c", "d"]

    def test_a_clock_that_is_set_back_holds_nobody_for_longer_than_a_window(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        """Fault 58: what was started by the clock that was ahead counts as started now."""
        worker.register(task_tidy=TWO_A_SECOND)
        submit(store, "a", "b", "c", "d", "e")
        now = read.now_ms()
        with server_clock_at(now + HOUR_MS):
            worker.heartbeat()
            assert ids(worker.claim(9)) == ["a", "b"]
        for seconds, claimed in ((60, []), (62, ["c", "d"])):
            with server_clock_at(now + seconds * 1000):
                worker.heartbeat()
                store.do(store.verbs.promote())
                assert ids(worker.claim(9)) == claimed

    def test_a_retry_counts_as_a_start(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_tidy=TWO_A_SECOND)
        submit(store, "a", "b")
        worker.retry(worker.take(), delay_ms=0)
        store.do(store.verbs.promote())

        assert len(worker.claim(9)) == 1

    def test_an_attempt_that_never_began_did_not_start(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_tidy=TWO_A_SECOND)
        submit(store, "a", "b", "c")
        first, second = worker.claim(3)
        worker.release(first)
        worker.release(second, begun=True)

        store.do(store.verbs.promote())
        assert ids(worker.claim(9)) == ["a"]

    def test_of_a_queue_it_counts_all_tasks(self, store: Store, worker: SeedWorker) -> None:
        worker.register(queue_default=TWO_A_SECOND)
        submit(store, "a", a_job("b", task="other"), "c")

        asked = worker.ask(9)
        assert (ids(list(asked.claims)), asked.more) == (["a", "b"], False)
        assert worker.claim(9) == []
        let_time_pass(store, "queuerate:default", 1200)
        assert ids(worker.claim(9)) == ["c"]


class TestQueueMaxRunning:
    def test_a_queue_gives_no_more_than_its_limit_and_others_go_on(self, store: Store, worker: SeedWorker) -> None:
        worker.register(queue_narrow={"running": 2})
        submit(store, *(a_job(f"n{n}", queue="narrow") for n in range(4)), a_job("wide", queue="wide"))

        first = worker.claim(9, [("narrow", 9), ("wide", 9)])
        assert ids(first) == ["n0", "n1", "wide"]
        assert worker.ask(9, [("narrow", 9)]).more is False
        say(store, "DEL", store.keys.wake("narrow"))
        worker.complete(first[0])
        assert say(store, "LLEN", store.keys.wake("narrow")) > 0, "an idle worker is woken"
        assert ids(worker.claim(9)) == ["n2"]


class TestRules:
    def test_the_lowest_of_what_live_workers_declare_holds(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker
    ) -> None:
        worker.register(task_tidy={"running": 3, "starts": 9, "window": 1000, "locks": ["a"]})
        other_worker.register(task_tidy={"running": 2, "starts": 100, "window": 60_000, "locks": ["b"]})

        rule = everything(store)["rules task:tidy"]
        assert '"running":2' in rule
        assert '"starts":100' in rule
        assert '"locks":["a","b"]' in rule

    def test_when_a_worker_leaves_or_says_otherwise_the_rest_is_looked_at_again(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker
    ) -> None:
        worker.register(task_tidy=ONE)
        submit(store, "a", "b", "c")
        other_worker.claim(9)

        store.do(store.verbs.unregister("w1"))
        store.do(store.verbs.promote())

        assert ids(other_worker.claim(9)) == ["b", "c"]

    def test_rules_outlive_the_last_worker_so_that_a_queue_stays_bounded(
        self, store: Store, worker: SeedWorker
    ) -> None:
        worker.register(queue_default={"length": 1})
        store.do(store.verbs.unregister("w1"))

        assert [one.taken for one in submit(store, "a", "b")] == [Taken.NEW, Taken.FULL]


class TestMany:
    """How many come back in one call is bounded, however many limits there are: what Redis does else waits for it."""

    def come_back(self, store: Store, worker: SeedWorker, *jobs: Submission) -> list[int]:
        """Let them be parked, each task with a limit; then, when there is none any more, look until all are back."""
        worker.register(**{f"task_{job.task}": ONE for job in jobs})
        submit(store, *(a_job(f"first-{task}", task=task) for task in {job.task for job in jobs}))
        running = worker.claim(99)
        submit(store, *jobs)
        while worker.ask(200).more:
            pass
        worker.register()
        ready = [0]
        while ready[-1] < len(jobs):
            promoted = store.do(store.verbs.promote())
            ready.append(Reading(store).queues()[0].ready)
            assert ready[-1] == len(jobs) or (promoted.next_due_ms or 0) <= promoted.now_ms, "more come at once"
        assert len(running) == len({job.task for job in jobs})
        return ready[1:]

    def test_of_many_limits_a_thousand_come_in_a_call_and_the_others_in_the_next(
        self, store: Store, worker: SeedWorker
    ) -> None:
        jobs = [a_job(f"t{task}-{number}", task=f"t{task}") for task in range(12) for number in range(110)]
        assert self.come_back(store, worker, *jobs) == [1000, 1320]

    def test_of_large_ones_some_megabytes(self, store: Store, worker: SeedWorker) -> None:
        assert self.come_back(store, worker, *(a_job(f"j{n}", body=b"x" * MB) for n in range(7))) == [4, 7]
