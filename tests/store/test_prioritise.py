"""Priority changed after the submit: what waits takes its place in another level, what runs and what has ended stay."""

from __future__ import annotations

import time

from qctl.store import Reading, Store
from tests.support.store_seed import SeedWorker, a_job, changed, everything, fields_of, submit


def prioritised(store: Store, by: int, *ids: str) -> list[str]:
    return store.do(store.verbs.prioritise(ids, by))


def claimed(worker: SeedWorker) -> list[str]:
    return [claim.id for claim in worker.claim(9)]


def test_a_queued_job_overtakes_those_of_lower_levels(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "a", "b", "c")
    assert prioritised(store, 2, "c") == ["7"]
    assert read.job("c").priority == 7
    assert claimed(worker) == ["c", "a", "b"]


def test_inside_a_level_the_order_of_submission_stays(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("high", priority=6), "a", "b", a_job("late", priority=6))
    assert prioritised(store, 1, "b", "a") == ["6", "6"]
    assert claimed(worker) == ["high", "a", "b", "late"]


def test_up_and_down_again_changes_nothing(store: Store) -> None:
    submit(store, "a", "b", "c")
    before = everything(store)
    prioritised(store, 1, "b")
    prioritised(store, -1, "b")
    assert set(changed(before, everything(store))) == {"events"}


def test_the_scale_ends_at_nine_and_at_nought(store: Store) -> None:
    submit(store, a_job("top", priority=9), a_job("low", priority=1))
    before = everything(store)
    assert prioritised(store, 1, "top") == ["SAME"]
    assert changed(before, everything(store)) == {}
    assert prioritised(store, -5, "low") == ["0"]


def test_a_job_behind_a_limit_comes_back_in_its_new_place(store: Store, worker: SeedWorker) -> None:
    worker.register(task_tidy={"running": 1})
    submit(store, "a", "b", "c")
    (running,) = worker.claim(9)
    assert prioritised(store, 1, "c") == ["6"]
    worker.complete(running)
    (second,) = worker.claim(9)
    assert second.id == "c"


def test_a_scheduled_job_is_queued_in_its_new_level(store: Store, worker: SeedWorker) -> None:
    submit(store, "a", a_job("soon", delay_ms=30))
    assert prioritised(store, 4, "soon") == ["9"]
    deadline = time.monotonic() + 10
    while not store.do(store.verbs.promote()).count and time.monotonic() < deadline:
        pass
    assert claimed(worker) == ["soon", "a"]


def test_what_runs_or_has_ended_or_is_not_there_keeps_its_level(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "over", "runs")
    worker.complete(worker.take())
    worker.take()
    before = everything(store)
    assert prioritised(store, 1, "over", "runs", "nobody") == ["ENDED", "RUNNING", "UNKNOWN"]
    assert changed(before, everything(store)) == {}


def test_one_event_tells_of_all_that_moved(store: Store) -> None:
    submit(store, "a", "b", a_job("top", priority=9))
    before = everything(store)
    prioritised(store, 1, "a", "b", "top")
    assert len(changed(before, everything(store))["events"]) == 1
    assert fields_of(everything(store), "a")["p"] == "6"
