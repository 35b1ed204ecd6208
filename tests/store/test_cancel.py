"""cancel: scheduled | queued -> ended (cancelled); a running job's worker gets an order."""

from __future__ import annotations

import pytest
import redis

from qctl.model.state import Outcome, Reason, State
from qctl.store import Reading, Store
from qctl.store.taken import Cancelled
from qctl.store.values import Answer, Order, Verdict
from tests.support.store_seed import SeedWorker, a_job, changed, everything, lose, submit


def cancel(store: Store, *jobs: str, **order: object) -> list[Cancelled]:
    return store.do(store.verbs.cancel(jobs, order))


def test_a_queued_job_ends_and_nothing_else_is_touched(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    before = everything(store)

    assert cancel(store, "one", by="ada") == [Cancelled("OK", None)]

    assert changed(before, everything(store)) == {
        "job:one form": "packed",
        "job:one s": None,
        "job:one sc": None,
        "job:one oc": "cancelled",
        "job:one rs": "by_user",
        "job:one cb": '{"by":"ada"}',
        "job:one en": "a time",
        "ready:default": before["ready:default"][1:],
        "ended:tidy": ["one"],
        "unsuccessful": ["one"],
        "tasks": ["tidy"],
        "stats cancelled:tidy": 1,
        "stats out:default": 1,
        "events": ["cancel one"],
    }
    assert [claim.id for claim in worker.claim(2)] == ["two"]


def test_who_cancelled_and_why_stays_with_a_job_until_it_is_revived(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "waiting", "stopped", "finished")
    _, stopped, finished = worker.claim(3)
    cancel(store, "stopped", "finished", by="ada", reason="wrong folder")
    assert read.job("stopped").cancel_reason == "wrong folder", "while it runs"
    worker.bury(stopped, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
    worker.complete(finished)
    assert [(job.cancelled_by, job.cancel_reason) for job in map(read.job, ("stopped", "finished"))] == [
        ("ada", "wrong folder"),
        (None, None),
    ]

    store.do(store.verbs.revive(["stopped"]))
    assert read.job("stopped").cancelled_by is None


def test_a_scheduled_job_ends(store: Store, read: Reading) -> None:
    submit(store, a_job(delay_ms=60_000))
    assert cancel(store, "one") == [Cancelled("OK", None)]
    assert (read.job("one").outcome, read.job("one").reason) == (Outcome.CANCELLED, Reason.BY_USER)
    assert "scheduled" not in everything(store)


def test_a_job_that_waits_for_its_retry_ends_with_its_history(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.retry(worker.take())
    assert cancel(store, "one") == [Cancelled("OK", None)]
    job = read.job("one")
    assert (job.outcome, job.attempt, job.failures, len(job.attempts)) == (Outcome.CANCELLED, 1, 1, 1)


def test_a_running_jobs_worker_is_told_and_the_job_goes_on(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.take()
    before = everything(store)

    assert cancel(store, "one", by="ada", signal=2, grace=1.5) == [Cancelled("RUNNING", "w1")]

    said = '{"by":"ada","signal":2,"grace":1.5}'
    assert changed(before, everything(store)) == {
        "job:one cx": said,
        "orders:w1 one": f"1 {said}",
        "inbox:w1": ["queues", "orders"],
    }
    assert read.job("one").state is State.RUNNING
    assert read.job("one").cancelling
    assert worker.heartbeat().orders == {"one": Order(fence=1, by="ada", signal=2, grace=1.5)}


def test_an_ended_job_and_an_unknown_one_are_told_apart_and_left_alone(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.complete(worker.take())
    before = everything(store)
    assert cancel(store, "one", "nobody") == [Cancelled("ENDED", None), Cancelled("UNKNOWN", None)]
    assert everything(store) == before


def test_the_same_call_again_changes_nothing(store: Store) -> None:
    submit(store, "one")
    cancel(store, "one")
    before = everything(store)
    assert cancel(store, "one") == [Cancelled("ENDED", None)]
    assert everything(store) == before


@pytest.mark.parametrize("verb", ["retry", "release", "reclaim", "reclaim as lost"])
def test_a_job_that_was_cancelled_while_it_ran_never_runs_again(
    store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker, verb: str
) -> None:
    """A cancel races with everything that would queue the job once more."""
    submit(store, "one")
    claim = worker.take()
    cancel(store, "one", by="ada", reason="wrong folder")
    match verb:
        case "retry":
            worker.retry(claim, 0)
        case "release":
            worker.release(claim)
        case "reclaim":
            lose(store, worker)
        case "reclaim as lost":
            lose(store, worker, lost=True)

    job = read.job("one")
    assert (job.state, job.outcome, job.reason) == (State.ENDED, Outcome.CANCELLED, Reason.BY_USER)
    assert (job.cancelled_by, job.cancel_reason) == ("ada", "wrong folder")
    store.do(store.verbs.promote())
    assert other_worker.claim(9) == []
    after = everything(store)
    assert not {name.partition(":")[0].partition(" ")[0] for name in after} & {
        "orders",
        "running",
        "ready",
        "scheduled",
    }


def test_a_late_finish_after_a_reclaim_that_cancelled_is_fenced(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    submit(store, "one")
    claim = worker.take()
    cancel(store, "one")
    lose(store, worker)
    before = everything(store)
    assert worker.complete(claim) is Answer.FENCED
    assert everything(store) == before


def test_a_released_job_that_is_cancelled_then_is_simply_queued(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.release(worker.take())
    assert cancel(store, "one") == [Cancelled("OK", None)]
    assert worker.heartbeat().orders == {}


@pytest.mark.damaged("a worker's record is deleted")
def test_a_job_that_runs_by_its_record_alone_is_ended(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    """Fault 81: its worker is gone without a trace, so nobody would ever carry out an order."""
    submit(store, "one")
    claim = worker.take()
    redis_client.delete(store.keys.running("w1"), store.keys.worker("w1"))
    assert cancel(store, "one") == [Cancelled("OK", None)]
    assert read.job("one").outcome is Outcome.CANCELLED
    assert worker.complete(claim) is Answer.FENCED
    assert "orders:w1 one" not in everything(store)


def test_a_batch_of_any_size_is_told_one_by_one(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, *(a_job(f"j{n}") for n in range(3000)))
    worker.claim(10)
    answers = cancel(store, *(f"j{n}" for n in range(3000)))
    assert [one.answer for one in answers] == ["RUNNING"] * 10 + ["OK"] * 2990
    assert len(read.ended(5000)) == 2990


def test_a_condemned_workers_cancelled_job_needs_no_verdict_of_its_own(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one")
    claim = worker.take()
    store.do(store.verbs.reclaim("w1", 0))
    cancel(store, "one")
    store.do(store.verbs.reclaim("w1", 0, [Verdict("one", claim.fence, False, b"")]))
    assert read.job("one").outcome is Outcome.CANCELLED
