"""Occurrences that did not run, and those that came late: told by `fire`, `claim` and whatever lets a job expire."""

from __future__ import annotations

import pytest

from qctl.model.notice import Occasion
from qctl.model.occurrence import End, Occurrence
from qctl.store import Reading, Store
from qctl.store.schedule_values import Fired, Run
from tests.support.notices import notices, occasions, said, watch
from tests.support.schedule_seed import MINUTE_MS, NAME, SeedBeat, a_firing, fired, the_state
from tests.support.store_seed import SeedWorker, a_job


@pytest.fixture
def beat(beat: SeedBeat, worker: SeedWorker) -> SeedBeat:
    """A beat of whose schedule somebody is told; nothing was settled of it for an hour."""
    watch(worker)
    beat.declare()
    return beat


def fire(store: Store, beat: SeedBeat, *rows: Occurrence, job: str = "") -> None:
    """Settle these rows."""
    state = the_state(store)
    runs = (a_job(job),) if job else ()
    due = rows[-1].at_ms
    answer = beat.fire_one(a_firing(state, *runs, rows=rows, new_cursor_ms=due, due_ms=due))
    assert answer.fired is Fired.OK


def ago(store: Store, minutes: int) -> int:
    return Reading(store).now_ms() - minutes * MINUTE_MS


@pytest.mark.parametrize("end", [End.MISSED, End.DEADLINE, End.QUEUE_FULL, End.BROKEN])
def test_an_occurrence_that_should_have_run_is_told_with_its_instant_and_reason(
    store: Store, beat: SeedBeat, end: End
) -> None:
    at = ago(store, 5)
    fire(store, beat, Occurrence(at_ms=at, end=end))

    (notice,) = notices(store)
    assert (notice.occasion, notice.subject, notice.task) == (Occasion.MISSED, NAME, "tidy")
    assert (notice.first_ms, notice.count, notice.reason) == (at, 1, end.value)


@pytest.mark.parametrize("end", [End.OVERLAP, End.PAUSED, End.DISABLED, End.BLACKOUT, End.MERGED, End.UNIQUE])
def test_one_that_was_left_out_on_purpose_is_not_told(store: Store, beat: SeedBeat, end: End) -> None:
    fire(store, beat, Occurrence(at_ms=ago(store, 5), end=end))

    assert occasions(store) == []


def test_all_of_an_absence_are_told_as_one(store: Store, beat: SeedBeat) -> None:
    first, last = ago(store, 30), ago(store, 10)
    summed = Occurrence(at_ms=ago(store, 20), end=End.MISSED, count=40, since_ms=first)
    fire(store, beat, summed, Occurrence(at_ms=last, end=End.MISSED), fired(ago(store, 0), "one"), job="one")

    (notice,) = notices(store)
    assert (notice.count, notice.first_ms, notice.last_ms, notice.job) == (41, first, last, "one")


def test_misses_that_go_on_are_told_once_until_it_has_run(store: Store, beat: SeedBeat) -> None:
    for minutes in (9, 8, 7):
        fire(store, beat, Occurrence(at_ms=ago(store, minutes), end=End.MISSED))
    assert len(notices(store)) == 1
    fire(store, beat, fired(ago(store, 0), "one"), job="one")

    fire(store, beat, Occurrence(at_ms=ago(store, 0), end=End.MISSED))

    assert len(notices(store)) == 2


def test_a_run_that_is_fired_more_than_a_minute_late_is_told_and_not_again_when_it_starts(
    store: Store, beat: SeedBeat, worker: SeedWorker
) -> None:
    at = ago(store, 2)
    fire(store, beat, fired(at, "one"), job="one")
    worker.take()

    (notice,) = notices(store)
    assert (notice.occasion, notice.job, notice.first_ms) == (Occasion.LATE, "one", at)


def test_one_that_is_in_time_is_not_told(store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
    fire(store, beat, fired(ago(store, 0), "one"), job="one")
    worker.take()

    assert occasions(store) == []


def test_jitter_is_no_delay(store: Store, beat: SeedBeat) -> None:
    state, at = the_state(store), ago(store, 5)
    firing = a_firing(state, a_job("one"), rows=[fired(at, "one")], new_cursor_ms=at, due_ms=ago(store, 0))
    assert beat.fire_one(firing).fired is Fired.OK

    assert occasions(store) == []


def test_a_run_that_waits_for_more_than_a_minute_for_a_worker_is_told_as_it_starts(
    store: Store, beat: SeedBeat, worker: SeedWorker
) -> None:
    fire(store, beat, fired(ago(store, 0), "one"), job="one")
    said(store, "HSET", store.keys.job("one"), "at", ago(store, 2))
    assert occasions(store) == []

    worker.take()

    assert occasions(store) == ["late one"]


def test_a_run_that_expires_before_it_starts_is_a_miss(store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
    fire(store, beat, fired(ago(store, 0), "one"), job="one")
    said(store, "HSET", store.keys.job("one"), "ex", 1)

    assert worker.claim() == []
    assert occasions(store) == ["missed one"]


def test_a_firing_that_is_sent_again_tells_nothing_again(store: Store, beat: SeedBeat) -> None:
    state, at = the_state(store), ago(store, 5)
    firing = a_firing(state, rows=[Occurrence(at_ms=at, end=End.MISSED)], new_cursor_ms=at, due_ms=at)

    assert [beat.fire_one(firing).fired for _ in range(2)] == [Fired.OK, Fired.STALE]
    assert len(notices(store)) == 1


def test_the_runs_of_a_schedule_have_a_memory_of_their_own(store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
    fire(store, beat, fired(ago(store, 0), "one"), job="one")
    worker.bury(worker.take())
    store.do(store.verbs.submit([a_job("by hand")]))
    worker.bury(worker.take())

    assert [(notice.subject, notice.job) for notice in notices(store)] == [(NAME, "one"), ("tidy", "by hand")]


def test_of_several_made_up_runs_the_oldest_says_how_late_it_is_and_none_says_it_again(
    store: Store, beat: SeedBeat, worker: SeedWorker
) -> None:
    """C11: with `catchup = "all"` the newest of them may be in time."""
    instants = {"one": ago(store, 120), "two": ago(store, 60), "three": ago(store, 0)}
    state = the_state(store)
    runs = [Run(submission=a_job(job)) for job in instants]
    rows = [fired(at, job) for job, at in instants.items()]
    due = instants["three"]
    answer = beat.fire_one(a_firing(state, *runs, rows=rows, new_cursor_ms=due, due_ms=due))
    assert answer.fired is Fired.OK
    for job in instants:
        said(store, "HSET", store.keys.job(job), "at", ago(store, 2))

    worker.claim(3)

    (notice,) = notices(store)
    assert (notice.occasion, notice.job, notice.first_ms) == (Occasion.LATE, "one", instants["one"])


def test_runs_that_come_in_time_again_end_the_lateness(store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
    for job, minutes in (("one", 2), ("two", 0), ("three", 2)):
        fire(store, beat, fired(ago(store, minutes), job), job=job)
        worker.take()

    assert occasions(store) == ["late one", "late three"]
