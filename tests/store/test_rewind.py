"""rewind: a schedule goes on from now if its past lies in the future: the clock was set back (C4, C5)."""

from __future__ import annotations

import pytest

from qctl.store import Command, Store
from qctl.store.schedule_values import Fired, FiringAnswer, ScheduleState
from tests.support.schedule_seed import MINUTE_MS, NAME, SeedBeat, a_firing, the_state
from tests.support.store_seed import HOUR_MS, changed, everything


def ahead(store: Store, by_ms: int) -> ScheduleState:
    """A schedule whose cursor is so far in the future, as if the clock had been set back."""
    now = the_state(store)
    cursor = now.cursor_ms + HOUR_MS + by_ms  # it was an hour old
    store.do(Command(("HSET", store.keys.schedule(NAME), "cursor", cursor), int))
    return the_state(store)


def rewind(store: Store, state: ScheduleState, **more: object) -> FiringAnswer:
    said = {"name": state.name, "generation": state.generation, "cursor_ms": state.cursor_ms} | more
    return store.do(store.verbs.rewind("b2", **said))  # type: ignore[arg-type]


def test_the_cursor_is_set_back_to_now_and_a_new_turn_begins(store: Store, beat: SeedBeat) -> None:
    beat.declare()
    state = ahead(store, 90 * MINUTE_MS)
    before = everything(store)

    answer = rewind(store, state)

    assert changed(before, everything(store)) == {
        f"schedule:{NAME} cursor": str(answer.now_ms),
        f"schedule:{NAME} turn": "1",
        f"schedule:{NAME} passed": str(state.cursor_ms),
        f"schedule:{NAME} again": "0",
        f"schedule:{NAME} fired_by": "b2",
        "schedules_version": b"2",
    }
    assert (answer.fired, answer.state) == (Fired.OK, the_state(store))
    assert rewind(store, state).fired is Fired.STALE, "once"
    assert beat.fire_one(a_firing(state, "one")).fired is Fired.STALE


@pytest.mark.parametrize(("by_ms", "again"), [(90 * MINUTE_MS, True), (3 * HOUR_MS + MINUTE_MS, False)])
def test_instants_come_again_after_a_step_that_is_followed(
    store: Store, beat: SeedBeat, by_ms: int, again: bool
) -> None:
    beat.declare()
    state = ahead(store, by_ms)
    answer = rewind(store, state, followed_ms=3 * HOUR_MS)
    assert answer.state is not None
    assert (answer.fired, answer.state.cursor_ms, answer.state.turn) == (Fired.OK, answer.now_ms, 1)
    assert everything(store)[f"schedule:{NAME} again"] == (str(state.cursor_ms) if again else "0")


def test_a_second_step_back_before_the_first_is_made_up_for_keeps_what_is_known(store: Store, beat: SeedBeat) -> None:
    beat.declare()
    far = ahead(store, 5 * HOUR_MS)
    rewind(store, far)
    near = the_state(store).cursor_ms + 90 * MINUTE_MS
    store.do(Command(("HSET", store.keys.schedule(NAME), "cursor", near), int))
    answer = rewind(store, the_state(store), followed_ms=3 * HOUR_MS)
    assert (answer.fired, answer.state and answer.state.turn) == (Fired.OK, 2)
    kept = everything(store)
    assert kept[f"schedule:{NAME} passed"] == str(far.cursor_ms)
    assert kept[f"schedule:{NAME} again"] == str(near)


@pytest.mark.parametrize("field", ["origin", "enabled"])
def test_all_that_a_schedule_says_of_its_past_is_past_afterwards(store: Store, beat: SeedBeat, field: str) -> None:
    """An `every` counts from its origin, and what came before it was enabled is not made up for."""
    state = beat.declare()
    store.do(Command(("HSET", store.keys.schedule(NAME), field, state.cursor_ms + 9 * HOUR_MS), int))
    answer = rewind(store, state)
    told = the_state(store)
    assert (answer.fired, told.latest_ms) == (Fired.OK, answer.now_ms)
    assert told.cursor_ms == state.cursor_ms, "what was due before that is settled as ever"


@pytest.mark.parametrize("by_ms", [-HOUR_MS, 30_000])
def test_a_clock_that_was_not_set_back_moves_nothing(store: Store, beat: SeedBeat, by_ms: int) -> None:
    beat.declare()
    state = ahead(store, by_ms)
    before = everything(store)
    assert rewind(store, state).fired is Fired.STALE
    assert everything(store) == before


@pytest.mark.parametrize(
    ("more", "answer"),
    [({"name": "unknown"}, Fired.UNKNOWN), ({"generation": 2}, Fired.DRIFT), ({"cursor_ms": 1}, Fired.STALE)],
)
def test_one_that_is_not_as_the_beat_knows_it_is_left_alone(
    store: Store, beat: SeedBeat, more: dict[str, object], answer: Fired
) -> None:
    beat.declare()
    state = ahead(store, 90 * MINUTE_MS)
    before = everything(store)
    assert rewind(store, state, **more).fired is answer
    assert everything(store) == before
