"""What each guard is for: the same call with the guard taken out does the harm that the guard prevents."""

from __future__ import annotations

from importlib import resources

import pytest

from qctl.model.state import MOVES, State
from qctl.store import Command, Reading, Store
from qctl.store.values import Answer, Standing, Verdict
from tests.store.weakened import weakened
from tests.support.store_seed import SeedWorker, a_job, lose, settled, some_json, submit


def test_every_move_has_exactly_one_script() -> None:
    scripts = {entry.name for entry in (resources.files("qctl.store") / "lua").iterdir()}
    assert {f"{verb}.lua" for verb in MOVES} <= scripts
    for verb, move in MOVES.items():
        label = (resources.files("qctl.store") / "lua" / f"{verb}.lua").read_text().partition("\n")[0]
        assert label.startswith(f"-- {verb}: ")
        for state in move.origins | move.targets:
            assert (state or "nothing") in label, f"{verb}.lua does not name {state}"


class TestWithoutTheFence:
    GUARD = "job.f == fence and running == key('running', job.o)"

    @pytest.mark.damaged("a guard is taken out")
    def test_a_late_finish_would_end_a_job_that_runs_elsewhere(
        self, store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker
    ) -> None:
        submit(store, "one")
        first = worker.take()
        lose(store, worker)
        other_worker.take()
        late = store.verbs.complete("w1", [settled(first, value=some_json('"stale"'))])

        assert store.do(late) == [Answer.FENCED]
        assert read.job("one").state is State.RUNNING
        assert store.do(weakened(late, self.GUARD, "true")) == [Answer.OK]
        assert read.value("one") == some_json('"stale"')

    def test_a_worker_that_was_given_the_job_anew_could_be_overtaken_by_its_own_past(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        """The owner alone is not enough: the same worker may hold the job under a newer fence."""
        submit(store, "one")
        first = worker.take()
        worker.release(first)
        worker.take()
        late = store.verbs.complete("w1", [settled(first)])

        assert store.do(late) == [Answer.FENCED]
        assert store.do(weakened(late, "job.f == fence and running == ", "running == ")) == [Answer.OK]


class TestWithoutTheNewFenceOfAReclaim:
    def test_a_late_finish_would_be_taken_for_the_same_call_once_more(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        submit(store, "one")
        claim = worker.take()
        store.do(store.verbs.reclaim("w1", 0))
        verdict = store.verbs.reclaim("w1", 0, [Verdict("one", claim.fence, False, b"")])
        store.do(weakened(verdict, "more[#more + 1], more[#more + 2] = 'f', int(tonumber(job.f) + 1)", ""))
        assert worker.complete(claim) is Answer.ALREADY
        assert read.job("one").state is State.QUEUED


class TestWithoutTheCondemnedMark:
    MARK = "if not record[2] then call('HSET', KEYS[2], 'condemned', int(now)) end"

    def test_a_worker_that_wakes_up_would_claim_while_its_jobs_are_given_away(
        self, store: Store, worker: SeedWorker, other_worker: SeedWorker
    ) -> None:
        submit(store, "one", "two", "three")
        worker.claim(2)

        store.do(weakened(store.verbs.reclaim("w1", 0), self.MARK, ""))
        assert worker.heartbeat().standing is Standing.OK
        assert worker.ask().claims != ()
        assert store.do(store.verbs.reclaim("w1", 0)).status == "ALIVE"  # and the rest would never be given back

        submit(store, "four", "five")
        other_worker.claim(1)
        store.do(store.verbs.reclaim("w2", 0))
        assert other_worker.heartbeat().standing is Standing.CONDEMNED
        assert other_worker.ask().claims == ()


class TestWithoutTheTurn:
    def test_a_claim_sent_again_would_take_other_jobs_and_strand_the_first(
        self, store: Store, worker: SeedWorker
    ) -> None:
        submit(store, "one", "two")
        first = worker.take()
        again = store.verbs.claim("w1", worker.turn, 1)
        assert store.do(again).claims == (first,)
        blind = weakened(again, "if turn == record[2] then\n  tell_again()\nelseif", "if")
        blind = weakened(blind, " and tonumber(turn) > tonumber(record[2] or '-1')", "")
        assert [claim.id for claim in store.do(blind).claims] == ["two"]


class TestWithoutTheCheckOfTheId:
    def test_a_submit_sent_again_would_queue_a_running_job(self, store: Store, worker: SeedWorker) -> None:
        submit(store, "one")
        worker.take()
        again = store.verbs.submit([a_job("one")])
        assert store.do(again)[0].taken == "EXISTS"
        assert store.do(weakened(again, "local answer = known(id, one.body)", "local answer = nil"))
        assert [claim.id for claim in worker.claim(9)] == ["one"]


class TestWithoutTheSetOfThoseThatRemain:
    def test_a_job_that_waits_under_the_same_id_for_another_would_be_let_go(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        """An entry among the dependents alone decides nothing: somebody may have put the job there again."""
        submit(store, "one", "two", a_job("three", after=("two",)))
        place = Command(("ZADD", store.keys.dependents("one"), 1, "three"), int)
        mark = Command(("HSET", store.keys.job("one"), "dp", "1"), int)
        store.do_all([place, mark])
        one, two = worker.claim(2)
        worker.complete(one)
        assert read.job("three").state is State.WAITING
        store.do_all([Command(("ZADD", store.keys.dependents("two"), 1, "four"), int)])
        submit(store, a_job("zero"), a_job("four", after=("zero",)))
        failed = store.verbs.bury("w1", [settled(two)])
        store.do(weakened(failed, "or call('SREM', key('remaining', id), upstream) == 0", ""))
        assert read.job("four").state is State.ENDED, "the guard is what keeps it"


class TestWithoutTheWordThatOthersWait:
    def test_a_job_that_was_removed_too_early_would_skip_those_that_have_not_been_told(
        self, store: Store, read: Reading, worker: SeedWorker
    ) -> None:
        submit(store, "one", *(a_job(f"j{n:03}", after=("one",)) for n in range(201)))
        worker.complete(worker.take())
        removal = store.verbs.remove(["one"])

        assert store.do(removal) == ["ACTIVE"]
        guard = " or call('SISMEMBER', PREFIX .. 'unsettled', id) == 1"
        assert store.do(weakened(removal, guard, "")) == ["OK"]
        store.do(store.verbs.follow())
        assert read.job("j200").state is State.ENDED
