"""withdraw: a schedule that nobody declares any more is gone; its jobs and its ledger are not."""

from __future__ import annotations

from qctl.model.state import State
from qctl.store import Command, Reading, ScheduleReading, Store
from qctl.store.schedule_values import Fired, Published
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication, the_state
from tests.support.store_seed import HOUR_MS, SeedWorker, changed, everything


def withdraw(store: Store, beat: str, *names: str) -> list[str]:
    return store.do(store.verbs.withdraw(beat, names))


def is_unknown(store: Store, name: str = NAME) -> bool:
    reading = ScheduleReading(store)
    return reading.state(name) is None and name not in reading.names()


def time_left(store: Store, key: str) -> int:
    """In ms; negative if there is no end to it."""
    left: int = store.do(Command(("PTTL", key), int))
    return left


def test_it_is_gone_and_nothing_else_is_touched(store: Store, read: Reading, beat: SeedBeat) -> None:
    """R2: its active run goes on, and its ledger stays for as long as it was to be kept."""
    state = beat.declare()
    beat.publish(a_publication("other"))
    firing = a_firing(state, "one")
    beat.fire(firing)
    before = everything(store)

    assert withdraw(store, "b1", NAME, "unknown") == [NAME]

    assert is_unknown(store)
    assert changed(before, everything(store)) == {
        f"schedule:{NAME} holds b1": None,
        f"schedule:{NAME} withdrawn": "a time",
        "schedules": ["other"],
        "schedules_version": b"3",
    }
    assert read.job("one").state is State.QUEUED
    assert [row.job for row in ScheduleReading(store).ledger(NAME, 9)] == ["one"]
    assert beat.fire_one(firing).fired is Fired.UNKNOWN
    assert 0 < time_left(store, store.keys.ledger(NAME)) <= 86_400_000
    assert 0 < time_left(store, store.keys.schedule(NAME)) <= 86_400_000


class TestPublishedAgain:
    """A file that is empty for a moment, or a task that is taken out and put back."""

    def test_an_order_and_what_it_remembers_hold_on(self, store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
        beat.fire(a_firing(beat.declare(), "one", boot=("db1", "boot1")))
        worker.bury(worker.take())
        store.do(store.verbs.disable([NAME], {"by": "ada"}))
        old = the_state(store)
        withdraw(store, "b1", NAME)

        ((answer, new),) = beat.publish(a_publication())

        assert answer is Published.NEW
        assert (new.disabled, new.boots, new.failures) == (old.disabled, {"db1": "boot1"}, 1)
        assert (new.last_job, new.last_at_ms, new.last_outcome) == ("one", old.last_at_ms, old.last_outcome)
        assert time_left(store, store.keys.schedule(NAME)) < 0
        assert store.do(store.verbs.enable([NAME])) == ["OK"]

    def test_the_same_keeps_its_phase_and_none_of_the_time_between_is_due(self, store: Store, beat: SeedBeat) -> None:
        old = beat.declare()
        withdraw(store, "b1", NAME)
        ((_, new),) = beat.publish(a_publication())
        assert new.origin_ms == old.origin_ms
        assert new.cursor_ms >= old.cursor_ms + HOUR_MS

    def test_another_definition_has_a_phase_of_its_own(self, store: Store, beat: SeedBeat) -> None:
        beat.declare()
        withdraw(store, "b1", NAME)
        ((_, new),) = beat.publish(a_publication(hash_="h2"))
        assert new.origin_ms == new.cursor_ms

    def test_what_a_clock_fired_that_was_ahead_is_not_fired_again(self, store: Store, beat: SeedBeat) -> None:
        ahead = beat.declare().cursor_ms + 3 * HOUR_MS
        store.do(Command(("HSET", store.keys.schedule(NAME), "cursor", ahead), int))
        withdraw(store, "b1", NAME)
        ((_, new),) = beat.publish(a_publication())
        assert (new.cursor_ms < ahead, new.turn) == (True, 1)
        assert everything(store)[f"schedule:{NAME} passed"] == str(ahead)


def test_nobody_enables_disables_or_withdraws_one_that_is_gone(store: Store, beat: SeedBeat) -> None:
    beat.declare()
    withdraw(store, "b1", NAME)
    assert store.do(store.verbs.disable([NAME], {"by": "ada"})) == ["UNKNOWN"]
    assert store.do(store.verbs.enable([NAME])) == ["UNKNOWN"]
    assert withdraw(store, "b1", NAME) == []


def test_the_end_of_its_last_job_leaves_nothing_behind(store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
    beat.fire(a_firing(beat.declare(), "one"))
    withdraw(store, "b1", NAME)
    worker.complete(worker.take())
    left = {name.partition(" ")[0] for name in everything(store) if NAME in name}
    assert left == {f"ledger:{NAME}", f"schedule:{NAME}"}
    assert time_left(store, store.keys.schedule(NAME)) > 0


def test_one_that_another_live_beat_declares_stays(store: Store, beat: SeedBeat, other_beat: SeedBeat) -> None:
    beat.declare()
    other_beat.publish(a_publication())
    assert withdraw(store, "b1", NAME) == []
    assert [state.name for state in ScheduleReading(store).states()] == [NAME]
    assert f"schedule:{NAME} holds b1" not in everything(store)
    assert withdraw(store, "b2", NAME) == [NAME]


def test_one_that_only_a_dead_beat_declares_goes(store: Store, beat: SeedBeat, other_beat: SeedBeat) -> None:
    beat.declare()
    beat.dies()
    assert withdraw(store, "b2", NAME) == [NAME]


def test_a_beat_that_stood_down_is_told_and_takes_over(store: Store, beat: SeedBeat, other_beat: SeedBeat) -> None:
    beat.declare()
    other_beat.publish(a_publication(hash_="h2"))
    version = other_beat.pulse().version
    assert withdraw(store, "b1", NAME) == []
    assert other_beat.pulse().version == version + 1
    assert other_beat.publish(a_publication(hash_="h2"))[0][0] is Published.REPLACED
