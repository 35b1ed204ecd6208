"""Jobs of tasks that the worker which claimed them does not have: they wait for one that has, in nobody's way."""

from __future__ import annotations

from qctl.model.state import Outcome, Reason
from qctl.model.submission import Submission
from qctl.store import Command, Reading, Store
from tests.store.test_claims_of_much import MB
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


def give_back_all(worker: SeedWorker, *jobs: Submission) -> None:
    """The same, with many jobs that nobody else has claimed."""
    submit(worker.store, *jobs)
    claims = [claim for _ in range(0, len(jobs), 200) for claim in worker.claim(200)]
    assert len(claims) == len(jobs)
    released = [settled(claim, record=b"", missing=True) for claim in claims]
    worker.store.do(worker.store.verbs.release(worker.id, released))


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


def test_large_jobs_that_wait_for_others_leave_a_worker_the_ones_in_its_queue(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    """It has their task, but does not read their queue: who reads it may come, or never."""
    knows(other_worker, "old", "new")
    submit(store, *(a_job(f"n{number}", task="new", queue="high", body=b"x" * (MB // 2)) for number in range(3)))
    for _ in range(3):
        give_back(worker)
    submit(store, a_job("o", task="old", queue="low"))

    assert [claim.id for claim in other_worker.claim(9, [("low", 9)])] == ["o"]


def test_a_limit_of_large_ones_leaves_a_worker_the_others(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    submit(store, *(a_job(f"n{number}", task="new", body=b"x" * (MB // 2)) for number in range(4)))
    for _ in range(4):
        give_back(worker)
    about = {"label": "w2", "catalog": "new"}
    store.do(store.verbs.register(other_worker.id, about, {"task:new": {"running": 1}}, {"new": {}}))
    submit(store, a_job("o", task="old"))

    assert sorted(claim.id for claim in other_worker.claim(9) + other_worker.claim(9)) == ["n0", "o"]


def test_of_more_tasks_than_one_claim_looks_at_none_is_always_the_last(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    """Of a task that nobody has, jobs wait for an hour."""
    tasks = [f"t{number}" for number in range(50)]
    submit(store, *(a_job(f"j{task}", task=task) for task in tasks))
    for _ in tasks:
        give_back(worker)

    for task in tasks[:25]:
        knows(other_worker, task)
        claims = (other_worker.claim(9) for _ in range(500))
        assert [claim.id for claim in next(filter(None, claims))] == [f"j{task}"]


def test_of_more_jobs_of_a_task_than_one_claim_looks_at_none_is_always_the_last(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    """The first of them are of a queue that nobody reads who has the task."""
    give_back_all(worker, *(a_job(f"n{number}", task="new", queue="unread") for number in range(520)))
    give_back_all(worker, a_job("here", task="new", queue="low"))
    knows(other_worker, "new")

    taken = [other_worker.claim(9, [("low", 9)]) for _ in range(5)]

    assert [claim.id for claims in taken for claim in claims] == ["here"]


def test_who_can_take_all_of_them_takes_the_first_ones_first(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    ids = [f"n{number:03}" for number in range(330)]
    give_back_all(worker, *(a_job(id_, task="new") for id_ in ids))
    knows(other_worker, "new")

    assert [claim.id for _ in range(4) for claim in other_worker.claim(150)] == ids


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
