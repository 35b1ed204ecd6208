"""fire: after the clock was set back, an instant that is in the ledger as fired is not fired once more (C5)."""

from __future__ import annotations

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.store import Command, Reading, ScheduleReading, Store
from qctl.store.schedule_values import Fired, Published, Run, ScheduleState
from tests.support.schedule_seed import MINUTE_MS, NAME, SeedBeat, a_firing, a_publication, fired, the_state
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, everything

DAY_MS = 24 * HOUR_MS


def age(store: Store, by_ms: int) -> ScheduleState:
    """Let the cursor be elsewhere."""
    cursor = the_state(store).cursor_ms + by_ms
    store.do(Command(("HSET", store.keys.schedule(NAME), "cursor", cursor), int))
    return the_state(store)


@pytest.fixture
def ran(store: Store, beat: SeedBeat, worker: SeedWorker) -> ScheduleState:
    """A schedule of which one of the last sixty minutes was fired, before the clock was set back by a day."""
    state = beat.declare()
    manual = Occurrence(at_ms=state.cursor_ms + 2 * MINUTE_MS, end=End.FIRED, job="hand", manual=True)
    beat.fire(
        a_firing(state, "hand", rows=[manual], manual=True),
        a_firing(state, rows=[Occurrence(at_ms=state.cursor_ms + 3 * MINUTE_MS, end=End.MERGED, job="old")],
                 new_cursor_ms=state.cursor_ms),
        a_firing(state, "old"),
    )  # fmt: skip
    for _ in range(2):
        worker.complete(worker.take())
    store.do(store.verbs.rewind("b1", NAME, 1, age(store, DAY_MS).cursor_ms))
    return age(store, -HOUR_MS)  # an hour has passed since: its instants come by the new clock


def at_of(store: Store) -> int:
    """The instant that was fired."""
    return next(
        row.at_ms for row in ScheduleReading(store).ledger(NAME, 9) if row.job == "old" and row.end is End.FIRED
    )


def test_its_row_and_its_run_are_left_out_and_the_cursor_goes_on(
    store: Store, beat: SeedBeat, ran: ScheduleState
) -> None:
    before = everything(store)
    at = at_of(store)
    answer = beat.fire_one(a_firing(ran, "again", rows=[fired(at, "again")], new_cursor_ms=at))
    assert (answer.fired, answer.rows) == (Fired.OK, ())
    assert answer.state is not None
    assert (answer.state.cursor_ms, answer.state.last_job, answer.state.active) == (at, "old", ())
    after = everything(store)
    assert after[f"ledger:{NAME}"] == before[f"ledger:{NAME}"]
    assert Reading(store).jobs(["again"]) == []


@pytest.mark.parametrize("end", [End.MISSED, End.OVERLAP, End.DISABLED])
def test_nor_is_it_said_that_it_did_not_run(store: Store, beat: SeedBeat, ran: ScheduleState, end: End) -> None:
    answer = beat.fire_one(a_firing(ran, rows=[Occurrence(at_ms=at_of(store), end=end)]))
    assert (answer.fired, answer.rows) == (Fired.OK, ())
    assert answer.state is not None
    assert answer.state.missed == 0


def test_what_was_merged_or_run_by_hand_then_is_fired_now(store: Store, beat: SeedBeat, ran: ScheduleState) -> None:
    at = at_of(store)
    rows = [fired(at + MINUTE_MS, "two"), fired(at + 2 * MINUTE_MS, "three")]
    answer = beat.fire_one(a_firing(ran, "two", "three", rows=rows))
    assert [row.job for row in answer.rows] == ["two", "three"]


def test_what_was_to_merge_with_it_has_merged_with_the_run_that_there_was(
    store: Store, beat: SeedBeat, ran: ScheduleState
) -> None:
    at = at_of(store)
    rows = [Occurrence(at_ms=at - MINUTE_MS, end=End.MERGED, job="again"), fired(at, "again")]
    answer = beat.fire_one(a_firing(ran, "again", rows=rows))
    assert [(row.end, row.job) for row in answer.rows] == [(End.MERGED, "old")]


def test_who_was_to_wait_for_it_waits_for_those_before(store: Store, beat: SeedBeat, ran: ScheduleState) -> None:
    """C11: the chain of what is made up for holds."""
    at = at_of(store)
    runs = [
        Run(submission=a_job("before")),
        Run(submission=a_job("again"), after=("before",)),
        Run(submission=a_job("after"), after=("again",)),
    ]
    rows = [fired(at - MINUTE_MS, "before"), fired(at, "again"), fired(at + MINUTE_MS, "after")]
    answer = beat.fire_one(a_firing(ran, *runs, rows=rows))
    assert [row.job for row in answer.rows] == ["before", "after"]
    assert [(job.id, job.state.value) for job in Reading(store).jobs(["before", "again", "after"])] == [
        ("before", "queued"),
        ("after", "waiting"),
    ]


def test_one_that_comes_once_more_is_fired(store: Store, beat: SeedBeat, ran: ScheduleState) -> None:
    """C4: a wildcard schedule after a step of up to three hours."""
    at = at_of(store)
    store.do(Command(("HSET", store.keys.schedule(NAME), "again", at), int))
    assert [row.job for row in beat.fire_one(a_firing(ran, "again", rows=[fired(at, "again")])).rows] == ["again"]


def test_when_the_clock_is_where_it_once_was_nothing_is_left_to_look_for(
    store: Store, beat: SeedBeat, ran: ScheduleState
) -> None:
    passed = int(everything(store)[f"schedule:{NAME} passed"])
    answer = beat.fire_one(a_firing(ran, "one", rows=[fired(passed, "one")], new_cursor_ms=passed, due_ms=0))
    assert answer.rows[0].job == "one"
    assert not {f"schedule:{NAME} passed", f"schedule:{NAME} again"} & everything(store).keys()


def test_another_definition_does_not_fire_it_either(store: Store, beat: SeedBeat) -> None:
    """The file was edited after the clock was right again, and before a beat had looked."""
    beat.declare()
    state = age(store, DAY_MS)
    ((answer, now),) = beat.publish(a_publication(hash_="h2"), changed=True)
    assert (answer, now.turn) == (Published.REPLACED, 1)
    assert now.cursor_ms == now.origin_ms < state.cursor_ms
    assert everything(store)[f"schedule:{NAME} passed"] == str(state.cursor_ms)
