"""bury: running -> ended (failed, timeout, cancelled, lost)."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome, Reason, State
from qctl.store import Reading, Store
from qctl.store.values import CHARGE_CRASH, CHARGE_FAILURE, Answer
from tests.support.store_seed import SeedWorker, a_record, changed, everything, lose, submit


def test_a_buried_job_ends_with_its_reason_in_both_indexes_and_nothing_else_is_touched(
    store: Store, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    one, _ = worker.claim(2)
    before = everything(store)

    answer = worker.bury(one, record=a_record(1, "failed", exit_code=3), log=b"packed")

    assert answer is Answer.OK
    assert changed(before, everything(store)) == {
        "job:one form": "packed",
        "job:one s": None,
        "job:one o": None,
        "job:one sc": None,
        "job:one st": None,
        "job:one oc": "failed",
        "job:one rs": "exit",
        "job:one en": "a time",
        "job:one x": "1",
        "job:one a1": a_record(1, "failed", exit_code=3).decode(),
        "running:w1 one": None,
        "ended:tidy": ["one"],
        "unsuccessful": ["one"],
        "tasks": ["tidy"],
        "log:one:1": b"packed",
        "outputs": ["one:1"],
        "output_bytes": b"6",
        "stats failed:tidy": 1,
        "stats out:default": 1,
        "events": ["bury one"],
    }


@pytest.mark.parametrize(
    ("outcome", "reason", "charge", "counts"),
    [
        (Outcome.FAILED, Reason.EXCEPTION, CHARGE_FAILURE, (1, 0, 0)),
        (Outcome.FAILED, Reason.CRASHED, CHARGE_CRASH, (0, 1, 0)),
        (Outcome.TIMEOUT, Reason.TIMEOUT, CHARGE_FAILURE, (1, 0, 0)),
        (Outcome.CANCELLED, Reason.BY_USER, "", (0, 0, 0)),
        (Outcome.FAILED, None, "", (0, 0, 0)),
    ],
)
def test_each_outcome_costs_its_own_counter(
    store: Store,
    read: Reading,
    worker: SeedWorker,
    outcome: Outcome,
    reason: Reason | None,
    charge: str,
    counts: tuple[int, int, int],
) -> None:
    submit(store, "one")
    worker.bury(worker.take(), outcome=outcome, reason=reason, charge=charge)
    job = read.job("one")
    assert (job.state, job.outcome, job.reason) == (State.ENDED, outcome, reason)
    assert (job.failures, job.crashes, job.losses) == counts
    assert [one.id for one in read.ended(5, unsuccessful=True)] == ["one"]


def test_the_same_call_again_answers_already_and_changes_nothing(store: Store, worker: SeedWorker) -> None:
    """Fault 48: the counters go up by one only."""
    submit(store, "one")
    claim = worker.take()
    worker.bury(claim, log=b"xyz")
    before = everything(store)
    assert worker.bury(claim, log=b"xyz") is Answer.ALREADY
    assert everything(store) == before


def test_after_a_reclaim_it_is_fenced_and_changes_nothing(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    lose(store, worker)
    before = everything(store)
    assert worker.bury(claim) is Answer.FENCED
    assert everything(store) == before


def test_what_a_user_cancelled_leaves_no_order_behind(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    claim = worker.take()
    store.do(store.verbs.cancel(["one"], {"by": "ada"}))
    worker.bury(claim, outcome=Outcome.CANCELLED, reason=Reason.BY_USER, charge="")
    assert worker.heartbeat().orders == {}
    assert read.job("one").outcome is Outcome.CANCELLED
