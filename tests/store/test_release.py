"""release: running -> queued, at the old place."""

from __future__ import annotations

from qctl.model.state import Outcome, Reason, State
from qctl.store import Reading, Store
from qctl.store.values import Answer, ProgressReport
from tests.support.store_seed import SeedWorker, a_job, a_record, changed, everything, lose, settled, submit


def test_a_released_job_that_was_not_begun_is_as_if_it_had_never_been_claimed_but_for_its_fence(
    store: Store, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    before = everything(store)
    claim = worker.take()

    assert worker.release(claim) is Answer.OK

    assert changed(before, everything(store)) == {
        "job:one f": "1",
        "job:one n": "0",
        "worker:w1 turn": "1",
        "worker:w1 claims": "one 1",
        "wake:default": 4,
        "stats waits": 1,
        "events": ["claim one", "release one"],
    }


def test_an_attempt_that_was_begun_keeps_its_number_and_record_and_costs_nothing(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one")
    worker.release(worker.take(), begun=True, log=b"half")

    job = read.job("one")

    assert (job.state, job.attempt, job.failures, job.crashes, job.losses) == (State.QUEUED, 1, 0, 0, 0)
    assert job.started_ms == 1
    assert [attempt.outcome for attempt in job.attempts] == ["released"]
    assert everything(store)["log:one:1"] == b"half"
    again = worker.take()
    assert (again.attempt, again.fence) == (2, 2)


def test_jobs_return_to_their_old_places(store: Store, worker: SeedWorker) -> None:
    submit(store, *(a_job(f"j{n}", priority=5) for n in range(6)), a_job("first", priority=9))
    claims = worker.claim(4)
    assert [claim.id for claim in claims] == ["first", "j0", "j1", "j2"]
    store.do(store.verbs.release("w1", [settled(claim, record=b"") for claim in reversed(claims)]))
    assert [claim.id for claim in worker.claim(9)] == ["first", "j0", "j1", "j2", "j3", "j4", "j5"]


def test_the_same_call_again_answers_already_and_changes_nothing(store: Store, worker: SeedWorker) -> None:
    """Fault 48: the attempt's number is taken back once only."""
    submit(store, "one")
    claim = worker.take()
    worker.release(claim)
    before = everything(store)
    assert worker.release(claim) is Answer.ALREADY
    assert everything(store) == before


def test_after_the_next_claim_the_same_call_is_fenced(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    submit(store, "one")
    claim = worker.take()
    worker.release(claim)
    other_worker.take()
    before = everything(store)
    assert worker.release(claim) is Answer.FENCED
    assert everything(store) == before


def test_after_a_reclaim_it_is_fenced_and_changes_nothing(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    lose(store, worker)
    before = everything(store)
    assert worker.release(claim) is Answer.FENCED
    assert everything(store) == before


def test_a_job_that_was_cancelled_meanwhile_ends_instead(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    store.do(store.verbs.cancel(["one"], {}))
    assert worker.release(claim) is Answer.OK
    job = read.job("one")
    assert (job.outcome, job.reason) == (Outcome.CANCELLED, Reason.BY_USER)
    assert worker.heartbeat().orders == {}
    assert "ready:default" not in everything(store)


def test_progress_of_the_released_attempt_is_not_shown_for_the_next(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one")
    claim = worker.take()
    store.do(store.verbs.report("w1", [ProgressReport(claim.id, claim.fence, 0.5)]))
    assert read.job("one").progress == 0.5
    store.do(store.verbs.release("w1", [settled(claim, record=a_record(1, "released"))]))
    assert read.job("one").progress is None
