"""retry: running -> scheduled."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome, Reason
from qctl.store import Reading, Store
from qctl.store.values import CHARGE_CRASH, Answer
from tests.support.store_seed import SeedWorker, a_record, changed, everything, lose, submit


def test_a_retried_job_is_scheduled_and_charged_and_nothing_else_is_touched(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    one, _ = worker.claim(2)
    before = everything(store)

    answer = worker.retry(one, 60_000, record=a_record(1, "failed"), log=b"packed")

    assert answer is Answer.OK
    assert changed(before, everything(store)) == {
        "job:one s": "scheduled",
        "job:one o": None,
        "job:one sc": None,
        "job:one st": None,
        "job:one due": "a time",
        "job:one x": "1",
        "job:one a1": a_record(1, "failed").decode(),
        "running:w1 one": None,
        "scheduled": ["one"],
        "log:one:1": b"packed",
        "outputs": ["one:1"],
        "output_bytes": b"6",
        "events": ["retry one"],
    }


def test_it_is_due_by_the_servers_time(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    before = read.now_ms()
    worker.retry(claim, 30_000)
    due = read.job("one").due_ms or 0
    assert before + 30_000 <= due <= read.now_ms() + 30_000
    assert worker.ask().next_due_ms == due


def test_a_crash_is_counted_apart_from_failures(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.retry(worker.take(), 0)
    store.do(store.verbs.promote())
    worker.retry(worker.take(), 0, charge=CHARGE_CRASH)
    job = read.job("one")
    assert (job.failures, job.crashes, job.losses, job.attempt) == (1, 1, 0, 2)


def test_the_same_call_again_answers_already_and_changes_nothing(store: Store, worker: SeedWorker) -> None:
    """Fault 48: neither counter nor due time moves."""
    submit(store, "one")
    claim = worker.take()
    worker.retry(claim, log=b"x")
    before = everything(store)
    assert worker.retry(claim, 1, log=b"x") is Answer.ALREADY
    assert everything(store) == before


def test_after_a_reclaim_it_is_fenced_and_changes_nothing(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    lose(store, worker)
    before = everything(store)
    assert worker.retry(claim) is Answer.FENCED
    assert everything(store) == before


def test_a_job_that_was_cancelled_meanwhile_ends_instead(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    store.do(store.verbs.cancel(["one"], {}))
    assert worker.retry(claim) is Answer.OK
    job = read.job("one")
    assert (job.outcome, job.reason, job.failures) == (Outcome.CANCELLED, Reason.BY_USER, 1)
    assert worker.heartbeat().orders == {}
    assert "scheduled" not in everything(store)


class TestLongHistories:
    """Of a job's attempts the first and the newest nineteen are kept, with their output."""

    def test_the_middle_goes_with_its_output(self, store: Store, read: Reading, worker: SeedWorker) -> None:
        run_attempts(store, worker, 25)

        job = read.job("one")

        assert job.attempt == job.failures == 25
        assert [attempt.number for attempt in job.attempts] == [1, *range(7, 26)]
        after = everything(store)
        assert sorted(after["outputs"]) == sorted(f"one:{n}" for n in (1, *range(7, 26)))
        assert sorted(name for name in after if name.startswith("log:")) == [f"log:{one}" for one in after["outputs"]]
        assert after["output_bytes"] == b"80"

    @pytest.mark.parametrize("verb", ["complete", "bury", "release", "reclaim"])
    def test_stay_bounded_however_the_last_attempt_ends(
        self, store: Store, read: Reading, worker: SeedWorker, verb: str
    ) -> None:
        run_attempts(store, worker, 24)
        store.do(store.verbs.promote())
        claim = worker.take()
        match verb:
            case "complete":
                worker.complete(claim)
            case "bury":
                worker.bury(claim)
            case "release":
                worker.release(claim, begun=True)
            case "reclaim":
                lose(store, worker)
        assert [attempt.number for attempt in read.job("one").attempts] == [1, *range(7, 26)]

    def test_stay_bounded_over_revivals(self, store: Store, read: Reading, worker: SeedWorker) -> None:
        submit(store, "one")
        for _ in range(25):
            worker.bury(worker.take(), log=b"1234")
            store.do(store.verbs.revive(["one"]))
        assert [attempt.number for attempt in read.job("one").attempts] == [1, *range(7, 26)]
        assert everything(store)["output_bytes"] == b"80"


def run_attempts(store: Store, worker: SeedWorker, count: int) -> None:
    """Let a job fail so many times, each with four bytes of output."""
    submit(store, "one")
    for number in range(count):
        if number:
            store.do(store.verbs.promote())
        worker.retry(worker.take(), 0, log=b"1234")
