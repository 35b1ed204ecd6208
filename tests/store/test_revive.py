"""revive: ended -> queued."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis

from qctl.errors import QctlError
from qctl.model.state import Outcome, Reason, State
from qctl.store import Reading, Store
from tests.support.store_seed import (
    BODY,
    SeedWorker,
    a_job,
    a_record,
    changed,
    everything,
    fields_of,
    lose,
    some_json,
    submit,
)
from tests.support.waiting import eventually
from tests.support.workflow_seed import a_workflow, chain

LEVEL = 2**49


def revive(store: Store, *jobs: str) -> list[str]:
    return store.do(store.verbs.revive(jobs))


def test_the_same_asking_heard_twice_runs_a_job_once(store: Store, read: Reading, worker: SeedWorker) -> None:
    """Fault 48: its first answer was lost, and the job may have run and ended before it comes again."""
    submit(store, "one")
    worker.bury(worker.take())
    asking = store.verbs.revive(["one"])

    assert store.do(asking) == store.do(asking) == ["OK"]
    worker.bury(worker.take())
    assert store.do(asking) == ["OK"]

    assert (read.job("one").state, worker.claim()) == (State.ENDED, [])
    assert revive(store, "one") == ["OK"]
    assert read.job("one").state is State.QUEUED


def test_the_same_asking_heard_twice_runs_a_workflow_once(store: Store, read: Reading, worker: SeedWorker) -> None:
    """Fault 48."""
    submit(store, a_workflow(chain("a", "b")))
    worker.bury(worker.take())
    asking = store.verbs.revive(["w"])

    assert store.do(asking) == ["OK"]
    worker.bury(worker.take())
    assert store.do(asking) == ["OK"]

    assert (read.job("w").state, worker.claim()) == (State.ENDED, [])


def test_a_failed_job_is_queued_anew_and_nothing_else_is_touched(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    for claim in worker.claim(2):
        worker.bury(claim, log=b"packed")
    before = everything(store)
    failed_in = (read.job("one").ended_ms or 0) // 60_000

    assert revive(store, "one") == ["OK"]

    assert changed(before, everything(store)) == {
        "job:one form": "live",
        "job:one rn": "a name",
        "job:one s": "queued",
        "job:one sc": str(4 * LEVEL + 3),
        "job:one ra": "a time",
        "job:one oc": None,
        "job:one rs": None,
        "job:one en": None,
        "job:one x": None,
        "ready:default": [("one", 4 * LEVEL + 3)],
        "ended:tidy": ["two"],
        "unsuccessful": ["two"],
        "seq": b"3",
        "wake:default": 1,
        "stats in:default": 3,
        f"stats again:{failed_in}": 1,
        "events": ["revive one"],
    }


def test_a_job_tells_when_it_was_run_again_last(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.bury(worker.take())
    assert read.job("one").revived_ms is None
    times = []
    for _ in range(2):
        revive(store, "one")
        job = read.job("one")
        assert job.revived_ms is not None
        assert job.last is not None
        assert job.revived_ms >= job.last.ended_ms
        times.append(job.revived_ms)
        worker.bury(worker.take())
        assert read.job("one").revived_ms == times[-1], "its ended record keeps it"
        eventually(lambda: read.now_ms() > times[-1])
    assert times[1] > times[0]


def test_a_job_tells_who_had_it_run_again_last(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.bury(worker.take())
    for by, said in (("ana@db1", "ana@db1"), ("bo@web1", "bo@web1"), ("", None)):
        assert store.do(store.verbs.revive(["one"], by=by)) == ["OK"]
        assert read.job("one").revived_by == said
        worker.bury(worker.take())
        assert read.job("one").revived_by == said, "its ended record keeps it"


def test_attempt_numbers_and_fences_go_on_and_failures_and_crashes_begin_anew(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, a_job(priority=8))
    worker.retry(worker.take(), 0, charge="c")
    store.do(store.verbs.promote())
    worker.bury(worker.take())

    revive(store, "one")

    claim = worker.take()
    assert (claim.attempt, claim.fence, claim.failures, claim.crashes, claim.body) == (3, 3, 0, 0, BODY)
    assert len(read.job("one").attempts) == 2
    assert read.job("one").priority == 8


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "cancelled", "expired", "lost"])
def test_every_outcome_can_be_revived(
    store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker, outcome: str
) -> None:
    end_as(store, read, worker, outcome)
    assert read.job("one").outcome == outcome

    assert revive(store, "one") == ["OK"]

    job = read.job("one")
    assert (job.state, job.outcome, job.ended_ms, job.expires_ms) == (State.QUEUED, None, None, None)
    after = everything(store)
    assert not {"ended:tidy", "unsuccessful"} & after.keys()
    assert other_worker.take().body == BODY


def test_a_value_goes_wherever_it_stood(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "small", "large")
    small, large = worker.claim(2)
    worker.complete(small, value=some_json("1"))
    worker.complete(large, value=some_json("1" * 5000))
    revive(store, "small", "large")
    assert read.value("small") is read.value("large") is None
    assert "value:large" not in everything(store)
    assert not {"v", "vb"} & fields_of(everything(store), "large").keys()


def test_the_same_call_again_changes_nothing(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.bury(worker.take())
    revive(store, "one")
    before = everything(store)
    assert revive(store, "one", "nobody") == ["ACTIVE", "UNKNOWN"]
    assert everything(store) == before


def test_a_late_call_for_the_attempt_before_changes_nothing(store: Store, worker: SeedWorker) -> None:
    """A settlement that is sent again after the job was revived."""
    submit(store, "one")
    claim = worker.take()
    worker.bury(claim)
    revive(store, "one")
    before = everything(store)
    assert worker.bury(claim) == "ALREADY"
    assert everything(store) == before


@pytest.mark.damaged("a record is written by hand")
def test_a_broken_record_is_unknown_and_left_as_it_is(store: Store, redis_client: redis.Redis) -> None:
    redis_client.set(store.keys.job("bad"), "not a record")
    assert revive(store, "bad") == ["UNKNOWN"]
    assert redis_client.keys(store.keys.prefix + "*") == [store.keys.job("bad").encode()]
    assert redis_client.get(store.keys.job("bad")) == b"not a record"


def end_as(store: Store, read: Reading, worker: SeedWorker, outcome: str) -> None:
    """Let job `one` end with an outcome, by the verb that leads to it."""
    submit(store, a_job(expires_ms=1 if outcome == "expired" else None))
    match outcome:
        case "succeeded":
            worker.complete(worker.take(), value=some_json("1"), log=b"x")
        case "failed":
            worker.bury(worker.take(), record=a_record(1, "failed"), outcome=Outcome.FAILED, reason=Reason.EXIT)
        case "cancelled":
            store.do(store.verbs.cancel(["one"], {}))
        case "expired":
            eventually(lambda: read.now_ms() > (read.job("one").expires_ms or 0))
            worker.ask()
        case "lost":
            worker.take()
            lose(store, worker, lost=True)


def wait_again(store: Store, *jobs: str) -> list[str]:
    return store.do(store.verbs.revive(jobs, behind=True))


def test_what_was_skipped_waits_again_for_what_runs_again(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one", a_job("two", after=("one",)), a_job("three", after=("two",)), a_job("four", after=("one",)))
    worker.bury(worker.take())
    assert read.skipped(["one", "two"]) == ["two", "four", "three"]
    assert wait_again(store, "two") == ["UPSTREAM"], "that has not run again"
    assert revive(store, "one") == ["OK"]
    assert wait_again(store, "two", "four", "three") == ["OK"] * 3
    assert {read.job(name).state for name in ("two", "three", "four")} == {State.WAITING}
    assert read.skipped(["one", "two"]) == []
    worker.complete(worker.take())
    assert [read.job(name).state for name in ("two", "four", "three")] == [State.QUEUED, State.QUEUED, State.WAITING]
    for _ in range(3):
        worker.complete(worker.take())
    assert {str(read.job(name).outcome) for name in ("two", "three", "four")} == {"succeeded"}


def test_it_is_skipped_again_if_that_fails_again_and_queued_if_that_has_succeeded(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", a_job("two", after=("one",)))
    for _ in range(2):
        worker.bury(worker.take())
        assert (read.job("two").outcome, read.job("two").upstream) == (Outcome.SKIPPED, "one")
        revive(store, "one")
        assert wait_again(store, "two") == ["OK"]
    worker.bury(worker.take())
    revive(store, "one")
    worker.complete(worker.take())
    assert wait_again(store, "two") == ["OK"]
    assert read.job("two").state is State.QUEUED


@pytest.mark.parametrize("index", ["ready:default", "waiting"])
def test_a_job_that_cannot_stand_in_its_index_stays_ended(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis, index: str
) -> None:
    """Its record is the last that is written: it is not lost, and can be run again once the index is whole."""
    submit(store, "one", a_job("two", after=("one",)))
    worker.bury(worker.take())
    if index == "waiting":
        revive(store, "one")
    redis_client.set(f"{store.keys.prefix}{index}", "somebody's")
    with pytest.raises(QctlError, match="WRONGTYPE"):
        revive(store, "one") if index != "waiting" else wait_again(store, "two")
    redis_client.delete(f"{store.keys.prefix}{index}")
    if index == "waiting":
        assert (read.job("two").outcome, wait_again(store, "two")) == (Outcome.SKIPPED, ["OK"])
    else:
        assert (read.job("one").outcome, revive(store, "one")) == (Outcome.FAILED, ["OK"])


def test_a_workflow_that_was_skipped_begins_once_what_it_waits_for_has_succeeded(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", replace(a_workflow(chain("a", "b")), after=("one",)))
    worker.bury(worker.take())
    assert read.job("w").outcome is Outcome.SKIPPED
    revive(store, "one")
    assert wait_again(store, "w") == ["OK"]
    assert read.job("w").state is State.WAITING
    for name in ("one", "w.1", "w.2"):
        claim = worker.take()
        assert claim.id == name
        worker.complete(claim)
    assert read.job("w").outcome is Outcome.SUCCEEDED
