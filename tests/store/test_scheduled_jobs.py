"""Jobs of a schedule: as long as one has not ended it is active, and how it ended stands with its schedule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qctl.model.state import Outcome
from qctl.store import Command, Reading, Store
from tests.support import eventually
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication, the_state
from tests.support.store_seed import SeedWorker, a_job, a_record, changed, everything, lose, submit

Act = Callable[[Store, SeedWorker], object]


def _lose(store: Store, worker: SeedWorker) -> None:
    worker.take()
    lose(store, worker, lost=True)


def _die(store: Store, worker: SeedWorker) -> None:
    worker.take()
    lose(store, worker)


@pytest.fixture
def one(beat: SeedBeat) -> str:
    """A job that a schedule started."""
    beat.fire(a_firing(beat.declare(), a_job("one", unique="u")))
    return "one"


def test_its_end_is_written_down_and_nothing_else_is_touched(store: Store, one: str, worker: SeedWorker) -> None:
    claim = worker.take()
    before = everything(store)
    worker.complete(claim, record=a_record(times=(1000, 4500)))
    after = changed(before, everything(store))
    assert {name: said for name, said in after.items() if NAME in name} == {
        f"active:{NAME}": None,
        f"schedule:{NAME} last_outcome": "succeeded",
        f"schedule:{NAME} last_ended": "a time",
        f"schedule:{NAME} last_run": "3500",
    }
    assert the_state(store).last_ended_ms == Reading(store).job(one).ended_ms


def test_a_job_of_no_schedule_touches_none(store: Store, one: str, worker: SeedWorker) -> None:
    submit(store, a_job("plain", priority=9))
    claim = worker.take()
    before = everything(store)
    worker.bury(claim)
    assert {name for name in changed(before, everything(store)) if NAME in name} == set()


@pytest.mark.parametrize(
    ("act", "outcome", "failures"),
    [
        (lambda store, worker: worker.bury(worker.take()), Outcome.FAILED, 1),
        (lambda store, worker: worker.bury(worker.take(), outcome=Outcome.TIMEOUT), Outcome.TIMEOUT, 1),
        (_lose, Outcome.LOST, 1),
        (lambda store, worker: worker.bury(worker.take(), outcome=Outcome.CANCELLED), Outcome.CANCELLED, 0),
        (lambda store, worker: store.do(store.verbs.cancel(["one"], {})), Outcome.CANCELLED, 0),
    ],
    ids=["failed", "timeout", "lost", "cancelled while it ran", "cancelled before"],
)
def test_however_it_ends_it_is_active_no_more(
    store: Store, one: str, worker: SeedWorker, act: Act, outcome: Outcome, failures: int
) -> None:
    """O9: what holds a schedule up ends with the job, also when its worker died."""
    act(store, worker)
    state = the_state(store)
    assert (state.active, state.last_outcome, state.failures) == ((), outcome, failures)
    assert state.failing_since_ms == (state.last_ended_ms if failures else None)


def test_one_that_expired_is_no_failure(store: Store, read: Reading, beat: SeedBeat, worker: SeedWorker) -> None:
    beat.fire(a_firing(beat.declare(), a_job("one", expires_ms=1)))
    eventually(lambda: read.now_ms() > (read.job("one").expires_ms or 0))
    assert worker.claim() == []
    state = the_state(store)
    assert (state.active, state.last_outcome, state.failures, state.last_run_ms) == ((), Outcome.EXPIRED, 0, None)


@pytest.mark.parametrize(
    "act",
    [
        lambda store, worker: worker.take(),
        lambda store, worker: worker.retry(worker.take()),
        lambda store, worker: worker.release(worker.take()),
        _die,
    ],
    ids=["runs", "tried again later", "given back", "its worker died"],
)
def test_as_long_as_it_has_not_ended_it_is_active(store: Store, one: str, worker: SeedWorker, act: Act) -> None:
    """O10: whatever beats and workers do meanwhile."""
    act(store, worker)
    assert the_state(store).active == ("one",)


def test_failures_are_counted_until_a_run_succeeds(store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
    beat.fire(a_firing(beat.declare(), "one", "two", "three"))
    worker.bury(worker.take())
    first = the_state(store)
    store.do(Command(("HSET", store.keys.schedule(NAME), "failing_since", 77), int))
    worker.bury(worker.take())
    second = the_state(store)
    assert (first.failures, second.failures, second.failing_since_ms) == (1, 2, 77)
    worker.complete(worker.take())
    third = the_state(store)
    assert (third.failures, third.failing_since_ms, third.last_outcome) == (0, None, "succeeded")


class TestRunAgain:
    def test_one_that_is_retried_by_hand_is_active_again(self, store: Store, one: str, worker: SeedWorker) -> None:
        worker.bury(worker.take())
        assert store.do(store.verbs.revive(["one"])) == ["OK"]
        assert the_state(store).active == ("one",)
        worker.complete(worker.take())
        state = the_state(store)
        assert (state.active, state.failures, state.last_outcome) == ((), 0, "succeeded")

    def test_of_a_schedule_that_is_gone_it_leaves_nothing_behind_that_does_not_end(
        self, store: Store, one: str, worker: SeedWorker
    ) -> None:
        worker.bury(worker.take())
        store.do(store.verbs.withdraw("b1", [NAME]))
        assert store.do(store.verbs.revive(["one"])) == ["OK"]
        worker.complete(worker.take())
        left = {name.partition(" ")[0] for name in everything(store) if NAME in name}
        assert left == {f"ledger:{NAME}", f"schedule:{NAME}"}
        assert store.do(Command(("PTTL", store.keys.schedule(NAME)), int)) > 0


@pytest.mark.damaged("a job's record is deleted")
def test_a_job_whose_record_is_gone_holds_nobody_up(store: Store, beat: SeedBeat, one: str) -> None:
    """O9: also if somebody removed it by hand; the next firing takes the entry out."""
    store.do(Command(("DEL", store.keys.job("one")), int))
    state = the_state(store)
    assert state.active == ()
    beat.fire(a_firing(state, "two"))
    assert [name for name, _ in everything(store)[f"active:{NAME}"]] == ["two"]


def test_a_job_keeps_what_it_was_fired_with_when_its_schedule_changes(
    store: Store, read: Reading, beat: SeedBeat, one: str, worker: SeedWorker
) -> None:
    """R3, R4."""
    before = read.job("one")
    beat.publish(a_publication(hash_="h2"), changed=True)
    assert read.job("one") == before
    assert the_state(store).active == ("one",)
    worker.complete(worker.take())
    assert the_state(store).last_outcome == "succeeded"
