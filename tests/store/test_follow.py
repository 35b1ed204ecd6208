"""follow: waiting -> queued | scheduled | ended. Jobs that wait for others, whatever ends those."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qctl.model.state import Outcome, Reason, State
from qctl.model.submission import IfExists
from qctl.store import Reading, Store
from qctl.store.taken import Submitted, Taken
from qctl.store.values import Answer, Claim
from tests.support.store_seed import (
    HOUR_MS,
    SeedWorker,
    a_job,
    changed,
    everything,
    lose,
    make_due,
    submit,
)
from tests.support.waiting import eventually

LEVEL = 2**49


def test_a_job_that_waits_stands_in_no_queue_and_nothing_else_is_touched(store: Store, read: Reading) -> None:
    submit(store, "one")
    before = everything(store)

    assert submit(store, a_job("two", after=("one",))) == [Submitted(Taken.NEW, "two")]

    assert changed(before, everything(store)) == {
        "job:two form": "live",
        "job:two s": "waiting",
        "job:two t": "tidy",
        "job:two q": "default",
        "job:two p": "5",
        "job:two b": '{"task":"tidy"}',
        "job:two at": "a time",
        "job:one dp": "1",
        "waiting": [("two", 2)],
        "remaining:two": ["one"],
        "dependents:one": [("two", 2)],
        "recent": ["two", "one"],
        "seq": b"2",
        "events": ["submit two"],
    }
    assert read.awaited("two") == ["one"]
    assert read.dependents("one") == ["two"]
    assert [job.id for job in read.active(9)] == ["one", "two"]
    waiting = read.present({"waiting"}, most=9, first=9)
    assert (waiting.page(9), waiting.total) == (["two"], 1)


def test_it_is_queued_in_the_call_that_completes_the_last_of_them(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two", a_job("three", after=("one", "two", "one"), priority=7))
    one, two = worker.claim(2)
    worker.complete(one)
    assert read.job("three").state is State.WAITING
    assert read.awaited("three") == ["two"]
    before = everything(store)

    worker.complete(two)

    after = changed(before, everything(store))
    mine = {name: said for name, said in after.items() if "two" not in name}
    assert mine == {
        "job:three s": "queued",
        "job:three sc": str(2 * LEVEL + 4),
        "waiting": None,
        "remaining:three": None,
        "ready:default": [("three", 2 * LEVEL + 4)],
        "seq": b"4",
        "wake:default": 1,
        "ended:tidy": ["one", "two"],
        "stats succeeded:tidy": 2,
        "stats in:default": 3,
        "stats out:default": 2,
        "events": ["complete two", "follow three"],
    }
    assert after["dependents:two"] is None
    assert worker.take().id == "three"


def test_a_countdown_counts_from_the_moment_when_its_turn_comes(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", a_job("two", after=("one",), delay_ms=90_000))
    assert read.job("two").due_ms is None
    worker.complete(worker.take())
    two = read.job("two")
    assert two.state is State.SCHEDULED
    assert two.due_ms == (read.job("one").ended_ms or 0) + 90_000
    assert two.eta_ms == two.due_ms


def test_a_date_is_kept_and_one_that_has_passed_queues_at_once(store: Store, read: Reading, worker: SeedWorker) -> None:
    late = read.now_ms() + HOUR_MS
    submit(store, "one", a_job("later", after=("one",), due_ms=late), a_job("now", after=("one",), due_ms=1))
    assert read.job("later").eta_ms == late
    worker.complete(worker.take())
    assert (read.job("later").state, read.job("later").due_ms) == (State.SCHEDULED, late)
    assert read.job("now").state is State.QUEUED


Ending = Callable[[Store, SeedWorker, Reading], object]


def _bury(outcome: Outcome) -> Ending:
    return lambda store, worker, read: worker.bury(worker.take(), outcome=outcome)


def _cancel(store: Store, worker: SeedWorker, read: Reading) -> None:
    store.do(store.verbs.cancel(["one"], {}))


def _cancelled_while_it_runs(settle: Callable[[SeedWorker, Claim], object]) -> Ending:
    def end(store: Store, worker: SeedWorker, read: Reading) -> None:
        claim = worker.take()
        store.do(store.verbs.cancel(["one"], {}))
        settle(worker, claim)

    return end


def _lose(store: Store, worker: SeedWorker, read: Reading) -> None:
    worker.take()
    lose(store, worker, lost=True)


def _expire(store: Store, worker: SeedWorker, read: Reading) -> None:
    eventually(lambda: read.now_ms() > (read.job("one").expires_ms or 0))
    assert worker.claim() == []


def _replace(store: Store, worker: SeedWorker, read: Reading) -> None:
    submit(store, a_job("new", key="k", if_exists=IfExists.REPLACE))


FAILED, CANCELLED = Reason.UPSTREAM_FAILED, Reason.UPSTREAM_CANCELLED


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (_bury(Outcome.FAILED), FAILED),
        (_bury(Outcome.TIMEOUT), FAILED),
        (_bury(Outcome.CANCELLED), CANCELLED),
        (_cancel, CANCELLED),
        (_cancelled_while_it_runs(SeedWorker.retry), CANCELLED),
        (_cancelled_while_it_runs(SeedWorker.release), CANCELLED),
        (_lose, FAILED),
        (_expire, FAILED),
        (_replace, CANCELLED),
    ],
    ids=["failed", "timeout", "cancelled", "cancel", "retry", "release", "lost", "expired", "replaced"],
)
def test_whatever_else_ends_it_skips_those_that_wait_and_those_that_wait_for_them(
    store: Store, read: Reading, worker: SeedWorker, end: Ending, reason: Reason
) -> None:
    submit(store, a_job("one", key="k", expires_ms=1 if end is _expire else None))
    submit(store, a_job("two", after=("one",)), a_job("three", after=("two",)), a_job("four", after=("three", "one")))

    end(store, worker, read)

    assert read.job("one").ended
    for job, upstream in (("two", "one"), ("three", "two"), ("four", "one")):
        found = read.job(job)
        assert (found.state, found.outcome, found.reason) == (State.ENDED, Outcome.SKIPPED, reason)
        assert found.upstream == upstream
    after = everything(store)
    assert {name for name in after if name.partition(":")[0] in ("waiting", "remaining", "dependents")} == set()
    assert set(after["unsuccessful"]) >= {"one", "two", "three", "four"}


def test_a_scheduled_job_that_expires_before_its_time_skips_them_too(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, a_job("one", delay_ms=60_000, expires_ms=1), a_job("two", after=("one",)))
    eventually(lambda: read.now_ms() > (read.job("one").expires_ms or 0))
    make_due(store, "one")
    store.do(store.verbs.promote())
    assert read.job("two").outcome is Outcome.SKIPPED


def test_a_failed_attempt_that_is_tried_again_decides_nothing(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one", a_job("two", after=("one",)))
    worker.retry(worker.take(), 60_000)
    assert read.job("two").state is State.WAITING
    make_due(store, "one")
    store.do(store.verbs.promote())
    worker.complete(worker.take())
    assert worker.take().id == "two"


class TestOfEndedOnes:
    def test_those_that_succeeded_are_not_waited_for(self, store: Store, read: Reading, worker: SeedWorker) -> None:
        submit(store, "one")
        worker.complete(worker.take())
        submit(store, a_job("two", after=("one",)), a_job("later", after=("one",), delay_ms=60_000))
        assert (read.job("two").state, read.job("later").state) == (State.QUEUED, State.SCHEDULED)
        assert "waiting" not in everything(store)

    @pytest.mark.parametrize("cancelled", [False, True])
    def test_one_that_did_not_skips_the_new_job_at_once(
        self, store: Store, read: Reading, worker: SeedWorker, cancelled: bool
    ) -> None:
        submit(store, "one", "busy")
        one = worker.take()
        worker.bury(one, outcome=Outcome.CANCELLED if cancelled else Outcome.FAILED)
        job = a_job("two", after=("busy", "one"), unique="tidy")

        assert submit(store, job) == [Submitted(Taken.NEW, "two")]

        two = read.job("two")
        assert (two.outcome, two.reason, two.upstream) == (Outcome.SKIPPED, CANCELLED if cancelled else FAILED, "one")
        after = everything(store)
        assert "waiting" not in after
        assert "dependents:busy" not in after
        assert "unique:tidy" not in after
        assert submit(store, job) == [Submitted(Taken.EXISTS, "two")]

    def test_an_unknown_one_is_told_and_nothing_is_written(self, store: Store) -> None:
        submit(store, "one")
        before = everything(store)
        assert submit(store, a_job("two", after=("one", "gone"), unique="u", key="k")) == [
            Submitted(Taken.NO_UPSTREAM, "gone")
        ]
        assert everything(store) == before


def test_a_job_of_the_same_call_can_be_waited_for(store: Store, read: Reading) -> None:
    submit(store, "one", a_job("two", after=("one",)))
    assert read.awaited("two") == ["one"]


def test_a_waiting_job_can_be_cancelled_and_leaves_those_that_it_waited_for(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two", a_job("three", after=("one", "two")), a_job("four", after=("three",)))
    assert store.do(store.verbs.cancel(["three"], {"by": "ada"}))[0].answer == "OK"
    assert (read.job("three").outcome, read.job("four").reason) == (Outcome.CANCELLED, CANCELLED)
    assert read.dependents("one") == read.dependents("two") == []
    for claim in worker.claim(2):
        assert worker.complete(claim) is Answer.OK
    assert read.job("three").outcome is Outcome.CANCELLED


def test_one_that_expired_while_it_waited_never_starts(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one", a_job("two", after=("one",), expires_ms=1), a_job("three", after=("two",)))
    eventually(lambda: read.now_ms() > (read.job("two").expires_ms or 0))
    worker.complete(worker.take())
    assert read.job("two").outcome is Outcome.EXPIRED
    assert read.job("three").reason is FAILED


def test_a_skipped_job_can_be_run_after_all_and_waits_no_more(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one", a_job("two", after=("one",)), a_job("three", after=("two",)))
    worker.bury(worker.take())
    assert store.do(store.verbs.revive(["one", "two"])) == ["OK", "OK"]
    two, three = read.jobs(["two", "three"])
    assert (two.state, two.outcome, two.upstream) == (State.QUEUED, None, None)
    assert three.outcome is Outcome.SKIPPED, "what was skipped stays so"
