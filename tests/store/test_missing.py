"""Jobs of tasks that the worker which claimed them does not have: they wait for one that has, in nobody's way."""

from __future__ import annotations

from qctl.model.state import Outcome, Reason
from qctl.store import Command, Reading, Store
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, everything, settled, submit


def knows(worker: SeedWorker, *tasks: str) -> None:
    """Enter the worker as one that has these tasks."""
    catalog = {task: {"summary": ""} for task in tasks}
    about = {"label": worker.id, "catalog": "-".join(tasks)}
    worker.store.do(worker.store.verbs.register(worker.id, about, {}, catalog))


def give_back(worker: SeedWorker) -> str:
    """Claim the next job, and give it back as one of a task that this worker does not have."""
    claim = worker.take()
    worker.store.do(worker.store.verbs.release(worker.id, [settled(claim, record=b"", missing=True)]))
    return claim.id


def test_a_worker_that_has_the_task_takes_it_and_one_that_has_not_is_not_asked_again(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    """Fault 77."""
    knows(worker, "old")
    knows(other_worker, "old", "new")
    submit(store, a_job("n1", task="new"), a_job("n2", task="new"), a_job("o", task="old"))

    assert [give_back(worker), give_back(worker)] == ["n1", "n2"]
    assert [claim.id for claim in worker.claim(9)] == ["o"]
    assert worker.ask(9).more is False
    assert Reading(store).job("n1").attempt == 0, "nothing of it has begun"
    assert [claim.id for claim in other_worker.claim(1)] == ["n1"]
    assert [claim.id for claim in other_worker.claim(9)] == ["n2"]


def test_it_is_taken_only_for_the_queues_that_are_asked_for(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    knows(other_worker, "new")
    submit(store, a_job("n", task="new", queue="high"))
    give_back(worker)

    assert other_worker.claim(1, [("low", 1)]) == []
    assert [claim.id for claim in other_worker.claim(1, [("high", 1)])] == ["n"]


def test_a_worker_that_has_learned_the_task_takes_it_itself(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("n", task="new"))
    give_back(worker)
    assert worker.claim() == []

    knows(worker, "new")

    assert [claim.id for claim in worker.claim()] == ["n"]
    assert not [key for key in everything(store) if key.startswith(("parked", "missing:"))]


def test_limits_hold_for_it_as_for_any_other(store: Store, worker: SeedWorker, other_worker: SeedWorker) -> None:
    submit(store, a_job("n1", task="new"), a_job("n2", task="new"))
    give_back(worker), give_back(worker)
    store.do(
        store.verbs.register(
            other_worker.id, {"label": "w2", "catalog": "new"}, {"task:new": {"running": 1}}, {"new": {}}
        )
    )

    first = other_worker.claim(9)
    assert [claim.id for claim in first] == ["n1"]
    other_worker.complete(first[0])
    assert [claim.id for claim in other_worker.claim(9)] == ["n2"]


def test_what_nobody_has_fails_an_hour_after_its_submit(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    """Fault 77: a rollout of new tasks takes no longer."""
    submit(store, a_job("n", task="new"))
    give_back(worker)
    key = store.keys.job("n")
    at = Reading(store).job("n").enqueued_ms
    store.do(Command(("HSET", key, "at", at - HOUR_MS + 60_000), lambda reply: reply))
    worker.claim()
    assert not Reading(store).job("n").ended

    store.do(Command(("HSET", key, "at", at - HOUR_MS - 1), lambda reply: reply))
    worker.claim()

    job = Reading(store).job("n")
    assert (job.outcome, job.reason, job.failures) == (Outcome.FAILED, Reason.UNKNOWN_TASK, 0)
