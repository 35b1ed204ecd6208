"""The rows that firings leave: those of runs by hand too, and as many as are to be kept."""

from __future__ import annotations

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.model.state import State
from qctl.store import Command, Reading, ScheduleReading, Store
from qctl.store.schedule_values import Fired, Firing, ScheduleState
from tests.support.schedule_seed import (
    MINUTE_MS,
    NAME,
    SeedBeat,
    a_firing,
    a_publication,
    fired,
    the_state,
)
from tests.support.store_seed import SeedWorker, a_job, changed, everything, submit


@pytest.fixture
def state(beat: SeedBeat) -> ScheduleState:
    """A schedule that nothing was settled of for an hour."""
    return beat.declare()


class TestByHand:
    """C20: `schedule run-now`."""

    @staticmethod
    def firing(state: ScheduleState, job: str = "hand", **more: object) -> Firing:
        row = fired(state.cursor_ms + 7, job, manual=True)
        return a_firing(state, a_job(job, unique="u"), rows=[row], manual=True, **more)

    def test_a_row_and_a_job_are_written_and_nothing_moves(
        self, store: Store, beat: SeedBeat, state: ScheduleState
    ) -> None:
        before = everything(store)
        answer = beat.fire_one(self.firing(state, active=("x",), cursor_ms=1, generation=9, due_ms=1 << 42))
        assert (answer.fired, answer.state) == (Fired.OK, state)
        assert [row.manual for row in answer.rows] == [True]
        after = changed(before, everything(store))
        assert {name for name in after if NAME in name} == {f"ledger:{NAME}"}
        assert "job:hand sd" not in after
        assert after["job:hand s"] == "queued"

    def test_the_same_call_once_more_starts_nothing_and_is_answered_alike(
        self, store: Store, beat: SeedBeat, state: ScheduleState
    ) -> None:
        """Fault 46."""
        first = beat.fire_one(self.firing(state))
        before = everything(store)
        again = beat.fire_one(self.firing(state))
        assert (again.fired, [row.job for row in again.rows]) == (Fired.OK, [row.job for row in first.rows])
        assert everything(store) == before

    def test_what_it_may_not_is_told_in_its_row(self, store: Store, beat: SeedBeat, state: ScheduleState) -> None:
        submit(store, a_job("busy", unique="u"))
        assert beat.fire_one(self.firing(state)).rows[0].end is End.UNIQUE

    def test_neither_a_pause_of_all_nor_a_disabled_schedule_is_in_its_way(
        self, store: Store, read: Reading, beat: SeedBeat, state: ScheduleState
    ) -> None:
        store.do(store.verbs.pause(["*"], {}, None))
        store.do(store.verbs.disable([NAME], {}))
        assert beat.fire_one(self.firing(state)).rows[0].end is End.FIRED
        assert read.job("hand").state is State.QUEUED

    def test_its_end_says_nothing_of_the_schedule(
        self, store: Store, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
    ) -> None:
        beat.fire(self.firing(state))
        worker.bury(worker.take())
        assert the_state(store) == state


class TestTheLedger:
    def test_it_keeps_as_many_rows_as_its_definition_says(self, store: Store, beat: SeedBeat) -> None:
        state = beat.declare(keep_runs=3)
        said = [Occurrence(at_ms=state.cursor_ms + n, end=End.DISABLED) for n in range(5)]
        beat.fire(a_firing(state, rows=said))
        kept = ScheduleReading(store).ledger(NAME, 99)
        assert [row.at_ms - state.cursor_ms for row in kept] == [4, 3, 2]

    def test_it_keeps_rows_as_long_as_its_definition_says(self, store: Store, beat: SeedBeat) -> None:
        state = beat.declare(keep_age=1800.0)
        said = [Occurrence(at_ms=state.cursor_ms + n * MINUTE_MS, end=End.DISABLED) for n in (10, 50)]
        beat.fire(a_firing(state, rows=said))
        assert [row.at_ms for row in ScheduleReading(store).ledger(NAME, 99)] == [said[1].at_ms]
        left_ms: int = store.do(Command(("PTTL", store.keys.ledger(NAME)), int))
        assert 0 < left_ms <= 1_800_000

    def test_a_long_one_shrinks_by_a_bounded_number_in_each_call(self, store: Store, beat: SeedBeat) -> None:
        state = beat.declare(keep_runs=10_000)
        old = [word for n in range(5000) for word in (state.cursor_ms - n, f"row {n}")]
        store.do(Command(("ZADD", store.keys.ledger(NAME), *old), int))
        ((_, shorter),) = beat.publish(a_publication(keep_runs=10), changed=True)
        sizes = []
        for _ in range(3):
            shorter = the_state(store)
            beat.fire(a_firing(shorter, rows=[Occurrence(at_ms=shorter.cursor_ms + 1, end=End.DISABLED)]))
            sizes.append(store.do(Command(("ZCARD", store.keys.ledger(NAME)), int)))
        assert sizes == [3001, 1002, 10]
