"""disable and enable: a schedule starts nothing until somebody, or the clock, says so."""

from __future__ import annotations

import json

from qctl.store import Command, Store
from qctl.store.schedule_values import Disabled
from tests.support.schedule_seed import NAME, SeedBeat, a_publication, the_state
from tests.support.store_seed import changed, everything


def disable(store: Store, *names: str, for_ms: int | None = None, **order: str) -> list[str]:
    return store.do(store.verbs.disable(names, order, for_ms))


def enable(store: Store, *names: str) -> list[str]:
    return store.do(store.verbs.enable(names))


def test_who_and_why_is_kept_and_nothing_else_is_touched(store: Store, beat: SeedBeat) -> None:
    beat.declare()
    beat.publish(a_publication("other"))
    before = everything(store)

    assert disable(store, NAME, "unknown", by="ada", reason="migration") == ["OK", "UNKNOWN"]

    said = the_state(store).disabled
    assert said is not None
    assert said == Disabled(at_ms=said.at_ms, by="ada", reason="migration")
    after = changed(before, everything(store))
    assert after.keys() == {f"schedule:{NAME} disabled", "schedules_version"}
    assert json.loads(after[f"schedule:{NAME} disabled"])["at"] == said.at_ms


def test_a_new_order_holds_and_since_when_it_is_disabled_stays(store: Store, beat: SeedBeat) -> None:
    beat.declare()
    disable(store, NAME, by="ada", reason="x")
    store.do(Command(("HSET", store.keys.schedule(NAME), "disabled", '{"by":"ada","at":5}'), int))
    assert disable(store, NAME, for_ms=60_000, by="bob") == ["ALREADY"]
    said = the_state(store).disabled
    assert said is not None
    assert (said.at_ms, said.by, said.reason) == (5, "bob", "")
    assert said.until_ms is not None


def test_what_was_due_until_it_is_enabled_is_not_made_up_for(store: Store, beat: SeedBeat) -> None:
    """C17: the instant is kept."""
    beat.declare()
    disable(store, NAME)
    now = beat.pulse().now_ms
    assert enable(store, NAME, "unknown") == ["OK", "UNKNOWN"]
    state = the_state(store)
    assert state.disabled is None
    assert state.enabled_ms >= now
    before = everything(store)
    assert enable(store, NAME) == ["ALREADY"]
    assert everything(store) == before


def test_a_time_that_is_over_enables_it_by_itself(store: Store, beat: SeedBeat) -> None:
    beat.declare()
    disable(store, NAME, for_ms=0)
    state = the_state(store)
    until = json.loads(everything(store)[f"schedule:{NAME} disabled"])["until"]
    assert (state.disabled, state.enabled_ms) == (None, until)
    assert enable(store, NAME) == ["ALREADY"]
    assert disable(store, NAME) == ["OK"]
    assert the_state(store).disabled is not None


def test_it_outlives_beats_and_definitions(store: Store, beat: SeedBeat, other_beat: SeedBeat) -> None:
    """R14: neither a restart nor another definition enables what somebody disabled."""
    beat.declare()
    disable(store, NAME, by="ada")
    said = the_state(store).disabled
    store.do(store.verbs.leave("b1"))
    other_beat.publish(a_publication(hash_="h2"))
    other_beat.publish(a_publication(hash_="h3"), changed=True)
    store.do(store.verbs.pause(["*"], {}, None))
    store.do(store.verbs.resume(["*"]))
    assert said is not None
    assert the_state(store).disabled == said
