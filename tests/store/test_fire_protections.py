"""What each guard of `fire` is for: the same call with the guard taken out does the harm that the guard prevents."""

from __future__ import annotations

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.store import Command, Reading, Store
from qctl.store.schedule_values import Fired, FiringAnswer, ScheduleState
from tests.store.weakened import weakened
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, the_state
from tests.support.store_seed import SeedWorker


@pytest.fixture
def state(beat: SeedBeat) -> ScheduleState:
    return beat.declare()


def answer_of(store: Store, command: Command[list[FiringAnswer]]) -> Fired:
    (answer,) = store.do(command)
    return answer.fired


def test_without_the_cursor_two_beats_would_fire_the_same_instant(
    store: Store, read: Reading, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
) -> None:
    """C21: the active jobs do not show it, if the first has ended meanwhile."""
    beat.fire(a_firing(state, "mine"))
    worker.complete(worker.take())
    late = store.verbs.fire("b2", [a_firing(state, "yours")])

    assert answer_of(store, late) is Fired.STALE
    guard = "if state.cursor ~= one.cursor then return 'STALE' end"
    assert answer_of(store, weakened(late, guard, "")) is Fired.OK
    assert [job.id for job in read.jobs(["mine", "yours"])] == ["mine", "yours"]


def test_without_the_active_jobs_a_run_would_start_beside_one_that_it_must_not_overlap(
    store: Store, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
) -> None:
    """O5: a job was retried by hand after the beat had looked."""
    beat.fire(a_firing(state, "one"))
    worker.bury(worker.take())
    free = the_state(store)
    store.do(store.verbs.revive(["one"]))
    firing = store.verbs.fire("b1", [a_firing(free, "two")])

    assert answer_of(store, firing) is Fired.STALE
    guard = "if not same_ids(one.active, (active_jobs(one.name))) then return 'STALE' end"
    assert answer_of(store, weakened(firing, guard, "")) is Fired.OK
    assert the_state(store).active == ("one", "two")


def test_without_the_active_jobs_an_occurrence_would_be_skipped_for_a_run_that_has_ended(
    store: Store, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
) -> None:
    """O9: who decided to skip is told that nothing is in the way any more."""
    beat.fire(a_firing(state, "one"))
    busy = the_state(store)
    worker.complete(worker.take())
    skipped = Occurrence(at_ms=busy.cursor_ms + 1, end=End.OVERLAP, job="one")
    assert beat.fire_one(a_firing(busy, rows=[skipped])).fired is Fired.STALE


def test_without_the_servers_time_a_beat_whose_clock_is_fast_would_fire_before_the_instant(
    store: Store, beat: SeedBeat, state: ScheduleState
) -> None:
    early = store.verbs.fire("b1", [a_firing(state, "one", due_ms=beat.pulse().now_ms + 60_000)])
    assert answer_of(store, early) is Fired.EARLY
    assert answer_of(store, weakened(early, "if one.due > now then return 'EARLY' end", "")) is Fired.OK


def test_without_the_boot_a_restarted_beat_would_run_it_once_more(
    store: Store, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
) -> None:
    """O2: the cursor does not show it, for no instant is passed."""
    beat.fire(a_firing(state, "one", boot=("db1", "boot1"), new_cursor_ms=state.cursor_ms))
    worker.complete(worker.take())
    again = store.verbs.fire("b1", [a_firing(the_state(store), "two", boot=("db1", "boot1"))])

    assert answer_of(store, again) is Fired.STALE
    guard = "if one.boot ~= '' and state['boot ' .. one.host] == one.boot then return 'STALE' end"
    assert answer_of(store, weakened(again, guard, "")) is Fired.OK


def test_without_the_ids_a_firing_that_passes_no_instant_could_be_carried_out_twice(
    store: Store, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
) -> None:
    firing = store.verbs.fire("b1", [a_firing(state, "one", new_cursor_ms=state.cursor_ms)])
    store.do(firing)
    worker.complete(worker.take())
    assert answer_of(store, firing) is Fired.STALE
    assert answer_of(store, weakened(firing, " or is_known(one.runs)", "")) is Fired.OK


def test_without_the_generation_a_beat_would_fire_by_a_definition_that_is_not_in_force(
    store: Store, beat: SeedBeat, state: ScheduleState
) -> None:
    old = store.verbs.fire("b1", [a_firing(state, "one", generation=9)])
    assert answer_of(store, old) is Fired.DRIFT
    guard = "if state.gen ~= one.generation then return 'DRIFT' end"
    assert answer_of(store, weakened(old, guard, "")) is Fired.OK


def test_without_the_order_of_who_disabled_it_a_beat_would_start_a_job_until_its_next_pulse(
    store: Store, beat: SeedBeat, state: ScheduleState
) -> None:
    store.do(store.verbs.disable([NAME], {}))
    firing = store.verbs.fire("b1", [a_firing(state, "one")])
    assert answer_of(store, firing) is Fired.STALE
    assert answer_of(store, weakened(firing, "disabling_order(state, now) or ", "")) is Fired.OK
