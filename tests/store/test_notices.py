"""What is to be told to whom: judged in the script that ends a job, kept until it is told."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome
from qctl.store import Reading, Store
from tests.support.notices import ALL, notices, occasions, run_one, said, watch
from tests.support.store_seed import (
    HOUR_MS,
    SeedWorker,
    a_job,
    changed,
    everything,
    lose,
    make_due,
    settled,
    submit,
)


def test_the_first_failure_is_told_and_the_next_ones_are_not(store: Store, worker: SeedWorker) -> None:
    watch(worker)
    for job in ("one", "two", "three"):
        run_one(store, worker, job, well=False)

    assert occasions(store) == ["fail one"]


def test_the_first_success_after_a_told_failure_is_told_with_when_the_failing_began(
    store: Store, worker: SeedWorker
) -> None:
    watch(worker)
    for job, well in (("a", True), ("b", False), ("c", False), ("d", True), ("e", True), ("f", False)):
        run_one(store, worker, job, well=well)

    assert occasions(store) == ["fail b", "recover d", "fail f"]
    first, recovery, again = notices(store)
    assert recovery.since_ms == first.since_ms == first.at_ms
    assert again.since_ms == again.at_ms


def test_a_recovery_from_a_failure_that_nobody_was_told_of_is_not_told(store: Store, worker: SeedWorker) -> None:
    run_one(store, worker, "one", well=False)
    watch(worker)
    run_one(store, worker, "two")

    assert occasions(store) == []


def test_a_failure_that_lasts_is_told_again_after_a_while(store: Store, worker: SeedWorker) -> None:
    """`repeat`: the store's own memory is set back, for no test waits an hour."""
    watch(worker, again=HOUR_MS)
    run_one(store, worker, "one", well=False)
    (first,) = notices(store)
    run_one(store, worker, "two", well=False)
    assert occasions(store) == ["fail one"]
    said(store, "HSET", store.keys.told("tidy"), "fail ops", f"{first.at_ms - 7} {first.at_ms - HOUR_MS}")

    run_one(store, worker, "three", well=False)
    run_one(store, worker, "four", well=False)

    assert occasions(store) == ["fail one", "fail three"]
    assert notices(store)[1].since_ms == first.at_ms - 7


def test_an_attempt_that_is_tried_again_tells_nothing_until_the_job_has_ended(store: Store, worker: SeedWorker) -> None:
    watch(worker)
    submit(store, "one")
    worker.retry(worker.take())
    assert occasions(store) == []
    make_due(store, "one")
    store.do(store.verbs.promote())

    worker.bury(worker.take())

    assert occasions(store) == ["fail one"]


def test_a_cancelled_job_tells_nothing_and_ends_no_failing(store: Store, worker: SeedWorker) -> None:
    watch(worker)
    run_one(store, worker, "one", well=False)
    submit(store, "two")
    store.do(store.verbs.cancel(["two"], {}))
    run_one(store, worker, "three", well=False)

    assert occasions(store) == ["fail one"]


def test_a_job_whose_last_worker_died_is_a_failure(store: Store, worker: SeedWorker, other_worker: SeedWorker) -> None:
    """C19."""
    watch(other_worker)
    submit(store, "one")
    worker.take()

    lose(store, worker, lost=True)

    assert occasions(store) == ["fail one"]


def test_each_name_has_its_own_occasions_and_memory(store: Store, worker: SeedWorker) -> None:
    names = {"ops": {"on": ["fail"]}, "dev": {"on": ["recover", "fail"]}}
    worker.register(notify_tidy={"tell": names})
    run_one(store, worker, "one", well=False)
    run_one(store, worker, "two")

    assert occasions(store, "ops") == ["fail one"]
    assert occasions(store, "dev") == ["fail one", "recover two"]


def test_what_any_live_worker_declares_is_told(store: Store, worker: SeedWorker, other_worker: SeedWorker) -> None:
    watch(worker, name="ops")
    watch(other_worker, name="dev")
    run_one(store, worker, "one", well=False)

    assert occasions(store, "ops", "dev") == ["fail one", "fail one"]


@pytest.mark.parametrize("well", [True, False])
def test_any_output_is_told_where_that_is_asked_for_and_silence_is_not(
    store: Store, worker: SeedWorker, well: bool
) -> None:
    """I7: cron's rule of MAILTO."""
    watch(worker, "output")
    run_one(store, worker, "silent", well=well)
    run_one(store, worker, "loud", well=well, log=b"packed")
    run_one(store, worker, "loud2", well=well, log=b"packed")

    assert occasions(store) == ["output loud", "output loud2"]


def test_a_failure_with_output_is_told_once(store: Store, worker: SeedWorker) -> None:
    watch(worker, "fail", "output")
    run_one(store, worker, "one", well=False, log=b"packed")

    assert occasions(store) == ["fail one"]


def test_jobs_that_nobody_watches_leave_no_trace(store: Store, worker: SeedWorker) -> None:
    watch(worker, task="other")
    before = everything(store)
    run_one(store, worker, "one", well=False)

    kinds = {name.partition(" ")[0].partition(":")[0] for name in changed(before, everything(store))}
    assert not kinds & {"notices", "notify_names", "told", "sent", "more"}


def test_a_batch_of_any_size_looks_at_the_rules_once(store: Store, worker: SeedWorker) -> None:
    """One look for all the tasks of a call, whether one job ends in it or fifty."""
    calls = []
    for count in (1, 50):
        submit(store, *(f"{count}-{n}" for n in range(count)))
        claims = worker.claim(count)
        said(store, "CONFIG", "RESETSTAT")
        store.do(store.verbs.complete(worker.id, [settled(claim) for claim in claims]))
        stats = said(store, "INFO", "commandstats").decode()
        calls.append([line.partition(",")[0] for line in stats.splitlines() if line.startswith("cmdstat_hmget:")])

    assert calls == [["cmdstat_hmget:calls=1"]] * 2


def test_dependents_that_are_skipped_are_remembered_for_the_report(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", a_job("two", after=("one",)), a_job("three", after=("two",)))
    worker.bury(worker.take())

    (one,) = store.do(store.verbs.surroundings(["one"]))

    assert one is not None
    assert one.skipped == ("two",)
    assert store.do(store.verbs.remove(["one"])) == ["OK"]
    assert said(store, "EXISTS", store.keys.skipped("one")) == 0


def test_a_report_knows_how_the_task_did_before(store: Store, worker: SeedWorker) -> None:
    for job, well in (("a", True), ("b", True), ("c", False), ("d", False)):
        run_one(store, worker, job, well=well, log=b"packed")

    found, gone = store.do(store.verbs.surroundings(["d", "gone"]))

    assert gone is None
    assert found is not None
    assert (found.job.id, found.output, found.history.ok, found.history.bad) == ("d", b"packed", 2, 2)
    assert found.history.last_ok_ms == Reading(store).job("b").ended_ms
    assert found.history.last_ok_run_s == 0.001


def test_all_is_what_reference_md_says() -> None:
    assert ALL == ("fail", "recover", "missed", "late")


def test_a_name_that_asks_for_recovery_alone_is_told_of_it(store: Store, worker: SeedWorker) -> None:
    watch(worker, "recover")
    for job, well in (("a", True), ("b", False), ("c", False), ("d", True), ("e", True)):
        run_one(store, worker, job, well=well)

    assert occasions(store) == ["recover d"]
    (recovery,) = notices(store)
    assert recovery.since_ms == Reading(store).job("b").ended_ms


@pytest.mark.parametrize("loud", [1, 7, 25])
def test_output_of_any_attempt_that_is_kept_is_output(store: Store, worker: SeedWorker, loud: int) -> None:
    """Of a long history the first attempt and the newest ones are kept."""
    watch(worker, "output")
    submit(store, "one")
    for attempt in range(1, 25):
        worker.retry(worker.take(), log=b"packed" if attempt == loud else b"")
        make_due(store, "one")
        store.do(store.verbs.promote())
    worker.bury(worker.take(), log=b"packed" if loud == 25 else b"")

    assert occasions(store) == ["output one"]


def test_an_end_that_is_sent_again_is_told_once(store: Store, worker: SeedWorker) -> None:
    """Fault 47: the answer was lost."""
    watch(worker)
    submit(store, "one")
    call = store.verbs.bury(worker.id, [settled(worker.take(), outcome=Outcome.FAILED)])

    store.do(call)
    store.do(call)

    assert len(occasions(store)) == 1
    assert said(store, "ZCARD", store.keys.notices("ops")) == 1
