"""rewind: a schedule follows a clock that was set back (C4), if it was, and not too far (C5)."""

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
        f"schedule:{NAME} fired_by": "b2",
        "schedules_version": b"2",
    }
    assert (answer.fired, answer.state) == (Fired.OK, the_state(store))
    assert rewind(store, state).fired is Fired.STALE, "once"
    assert beat.fire_one(a_firing(state, "one")).fired is Fired.STALE


@pytest.mark.parametrize("by_ms", [-HOUR_MS, 30_000, 3 * HOUR_MS + MINUTE_MS, 5 * HOUR_MS])
def test_a_clock_that_was_not_set_back_or_too_far_moves_nothing(store: Store, beat: SeedBeat, by_ms: int) -> None:
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
