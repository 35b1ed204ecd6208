"""publish: which definition of a schedule is in force, and which beat has to stand down."""

from __future__ import annotations

import json

import pytest

from qctl.store import Command, ScheduleReading, Store
from qctl.store.schedule_values import Fired, Published
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication, an_hour_old, the_state
from tests.support.store_seed import SeedWorker, changed, everything

NEW, SAME, REPLACED, DRIFT = Published.NEW, Published.SAME, Published.REPLACED, Published.DRIFT


def test_a_new_schedule_begins_now_and_nothing_else_is_touched(store: Store, beat: SeedBeat) -> None:
    """C15, O4: no instant before it was declared is ever due."""
    beat.publish(a_publication("other"))
    before, now = everything(store), beat.pulse().now_ms

    ((answer, state),) = beat.publish(a_publication(keep_age=60.0, keep_runs=7))

    assert answer is NEW
    assert state.cursor_ms == state.origin_ms >= now
    assert (state.generation, state.hash, state.publisher, state.active) == (1, "h1", "b1", ())
    assert changed(before, everything(store)) == {
        "schedules": [NAME, "other"],
        "schedules_version": b"2",
        f"schedule:{NAME} hash": "h1",
        f"schedule:{NAME} def": json.dumps({"task": "tidy", "keep_age": 60.0, "keep_runs": 7}),
        f"schedule:{NAME} keep_ms": "60000",
        f"schedule:{NAME} keep_runs": "7",
        f"schedule:{NAME} gen": "1",
        f"schedule:{NAME} publisher": "b1",
        f"schedule:{NAME} cursor": str(state.cursor_ms),
        f"schedule:{NAME} origin": "a time",
        f"schedule:{NAME} holds b1": "h1",
    }


def test_the_same_definition_changes_nothing_but_who_holds_it(
    store: Store, beat: SeedBeat, other_beat: SeedBeat
) -> None:
    beat.declare()
    before = everything(store)
    assert other_beat.publish(a_publication(), changed=True)[0][0] is SAME
    assert changed(before, everything(store)) == {f"schedule:{NAME} holds b2": "h1"}
    assert beat.publish(a_publication())[0] == (SAME, the_state(store))


def test_a_new_place_in_its_file_is_taken_over_without_a_new_generation(store: Store, beat: SeedBeat) -> None:
    state = beat.declare(line=3, keep_runs=5)
    ((answer, moved),) = beat.publish(a_publication(line=9, keep_runs=6), changed=True)
    assert (answer, moved.generation, moved.cursor_ms) == (SAME, 1, state.cursor_ms)
    assert moved.definition["line"] == 9
    assert everything(store)[f"schedule:{NAME} keep_runs"] == "6"


class TestAnotherDefinition:
    def test_one_that_a_beat_saw_change_is_in_force_from_now_on(
        self, store: Store, beat: SeedBeat, other_beat: SeedBeat, worker: SeedWorker
    ) -> None:
        """C16, R3: no back-fill, and what runs or waits is not touched; what somebody or a run left stays."""
        state = beat.declare()
        other_beat.publish(a_publication())
        beat.fire(a_firing(state, "one", boot=("db1", "boot1")))
        worker.bury(worker.take())
        beat.fire(a_firing(the_state(store), "two"))
        store.do(store.verbs.disable([NAME], {"by": "ada"}))
        before, old = everything(store), the_state(store)

        ((answer, state),) = beat.publish(a_publication(hash_="h2", task="new"), changed=True)

        assert (answer, state.generation, state.publisher) == (REPLACED, 2, "b1")
        assert state.cursor_ms == state.origin_ms > old.cursor_ms
        assert (state.active, state.failures, state.boots) == (("two",), 1, {"db1": "boot1"})
        assert (state.disabled, state.last_job) == (old.disabled, "two")
        assert state.drifting == {"b2": "h1"}
        assert changed(before, everything(store)).keys() == {
            "schedules_version",
            *(f"schedule:{NAME} {field}" for field in ("hash", "def", "gen", "cursor", "holds b1")),
        }

    def test_one_that_leaves_the_instants_as_they_are_passes_none_over(self, store: Store, beat: SeedBeat) -> None:
        state = beat.declare()
        ((answer, kept),) = beat.publish(a_publication(hash_="h2", keeps_cursor=True), changed=True)
        assert answer is REPLACED
        assert (kept.cursor_ms, kept.origin_ms, kept.generation) == (state.cursor_ms, state.origin_ms, 2)

    def test_one_of_a_beat_whose_file_did_not_change_stands_down(
        self, store: Store, beat: SeedBeat, other_beat: SeedBeat
    ) -> None:
        state = beat.declare()
        before = everything(store)
        ((answer, told),) = other_beat.publish(a_publication(hash_="h2"))
        assert (answer, told.hash, told.generation) == (DRIFT, "h1", 1)
        assert told.drifting == {"b2": "h2"}
        assert changed(before, everything(store)) == {f"schedule:{NAME} holds b2": "h2"}
        assert other_beat.fire_one(a_firing(state, "x", generation=2)).fired is Fired.DRIFT

    @pytest.mark.parametrize("end", ["dies", "leaves"])
    def test_it_comes_into_force_when_no_live_beat_holds_the_other_one(
        self, store: Store, beat: SeedBeat, other_beat: SeedBeat, end: str
    ) -> None:
        beat.declare()
        assert other_beat.publish(a_publication(hash_="h2"))[0][0] is DRIFT
        if end == "dies":
            beat.dies()
        else:
            store.do(store.verbs.leave("b1"))
        ((answer, state),) = other_beat.publish(a_publication(hash_="h2"))
        assert (answer, state.publisher, state.drifting) == (REPLACED, "b2", {})
        assert f"schedule:{NAME} holds b1" not in everything(store), "dead beats are forgotten"

    def test_a_beat_that_took_the_other_definition_over_does_not_drift_any_more(
        self, store: Store, beat: SeedBeat, other_beat: SeedBeat
    ) -> None:
        beat.declare()
        other_beat.publish(a_publication(hash_="h2"), changed=True)
        assert beat.publish(a_publication(hash_="h1"))[0][0] is DRIFT
        assert beat.publish(a_publication(hash_="h2"))[0][0] is SAME
        assert the_state(store).drifting == {}


def test_the_beat_of_a_definition_is_a_live_one(store: Store, beat: SeedBeat, other_beat: SeedBeat) -> None:
    beat.declare()
    beat.dies()
    assert other_beat.publish(a_publication())[0][1].publisher == "b2"


def test_jobs_of_an_earlier_schedule_of_this_name_are_still_its_active_ones(
    store: Store, beat: SeedBeat, worker: SeedWorker
) -> None:
    beat.fire(a_firing(beat.declare(), "one"))
    store.do(store.verbs.withdraw("b1", [NAME]))
    ((answer, state),) = beat.publish(a_publication())
    assert (answer, state.active, state.generation) == (NEW, ("one",), 1)


@pytest.mark.parametrize("words", [("SET", "x"), ("HSET", "gen", "many"), ("HDEL", "def")])
def test_a_record_that_somebody_made_unreadable_is_written_anew(
    store: Store, beat: SeedBeat, words: tuple[str, ...]
) -> None:
    beat.declare()
    verb, *rest = words
    store.do(Command((verb, store.keys.schedule(NAME), *rest), lambda reply: reply))
    assert ScheduleReading(store).states() == []
    assert beat.publish(a_publication())[0][0] is NEW
    assert an_hour_old(store).generation == 1
