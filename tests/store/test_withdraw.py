"""withdraw: a schedule that nobody declares any more is gone; its jobs and its ledger are not."""

from __future__ import annotations

from qctl.model.state import State
from qctl.store import Command, Reading, ScheduleReading, Store
from qctl.store.schedule_values import Fired, Published
from tests.support.schedule_seed import NAME, SeedBeat, a_firing, a_publication
from tests.support.store_seed import SeedWorker, changed, everything


def withdraw(store: Store, beat: str, *names: str) -> list[str]:
    return store.do(store.verbs.withdraw(beat, names))


def test_it_is_gone_and_nothing_else_is_touched(store: Store, read: Reading, beat: SeedBeat) -> None:
    """R2: its active run goes on, and its ledger stays for as long as it was to be kept."""
    state = beat.declare()
    beat.publish(a_publication("other"))
    firing = a_firing(state, "one")
    beat.fire(firing)
    before = everything(store)

    assert withdraw(store, "b1", NAME, "unknown") == [NAME]

    after = changed(before, everything(store))
    fields = {name for name in before if name.startswith(f"schedule:{NAME} ")}
    assert after == dict.fromkeys(fields) | {"schedules": ["other"], "schedules_version": b"3"}
    assert read.job("one").state is State.QUEUED
    assert [row.job for row in ScheduleReading(store).ledger(NAME, 9)] == ["one"]
    assert beat.fire_one(firing).fired is Fired.UNKNOWN
    left_ms: int = store.do(Command(("PTTL", store.keys.ledger(NAME)), int))
    assert 0 < left_ms <= 86_400_000


def test_the_end_of_its_last_job_leaves_nothing_behind(store: Store, beat: SeedBeat, worker: SeedWorker) -> None:
    beat.fire(a_firing(beat.declare(), "one"))
    withdraw(store, "b1", NAME)
    worker.complete(worker.take())
    left = {name for name in everything(store) if NAME in name}
    assert left == {f"ledger:{NAME}"}


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
