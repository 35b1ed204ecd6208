"""fire: what becomes of the jobs of a firing, and how they end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.model.state import Outcome, State
from qctl.store import Command, Reading, ScheduleReading, Store
from qctl.store.schedule_values import Fired, Firing, Run, ScheduleState
from tests.support import eventually
from tests.support.schedule_seed import (
    MINUTE_MS,
    NAME,
    SeedBeat,
    a_firing,
    a_publication,
    fired,
    the_state,
)
from tests.support.store_seed import SeedWorker, a_job, changed, everything, lose, make_due, submit


def _lose(store: Store, worker: SeedWorker) -> None:
    worker.take()
    lose(store, worker, lost=True)


@pytest.fixture
def state(beat: SeedBeat) -> ScheduleState:
    """A schedule that nothing was settled of for an hour."""
    return beat.declare()


class TestNotStarted:
    def test_while_all_is_paused_nothing_starts_and_the_instants_are_skipped(
        self, store: Store, beat: SeedBeat, state: ScheduleState
    ) -> None:
        """R14: also those for which another run would have stood; nothing is replaced."""
        now = beat.fire_one(a_firing(state, "busy")).state
        assert now is not None
        store.do(store.verbs.pause(["*"], {}, None))
        at = now.cursor_ms
        said = [Occurrence(at_ms=at + 1, end=End.MERGED, job="one"), fired(at + 2, "one")]
        firing = a_firing(now, "one", rows=said, replaced=("busy",), new_cursor_ms=at + 2, boot=("db1", "x"))

        answer = beat.fire_one(firing)

        assert [(row.at_ms, row.end, row.job) for row in answer.rows] == [
            (at + 1, End.PAUSED, ""),
            (at + 2, End.PAUSED, ""),
        ]
        assert answer.state is not None
        assert (answer.state.cursor_ms, answer.state.last_job, answer.state.active) == (at + 2, "busy", ("busy",))
        assert answer.state.boots == {"db1": "x"}
        assert [job.id for job in Reading(store).jobs(["one"])] == []
        store.do(store.verbs.resume(["*"]))
        assert beat.fire_one(a_firing(answer.state, "two")).rows[0].end is End.FIRED

    def test_a_paused_queue_is_filled(self, store: Store, beat: SeedBeat, state: ScheduleState) -> None:
        store.do(store.verbs.pause(["default"], {}, None))
        assert beat.fire_one(a_firing(state, "one")).rows[0].end is End.FIRED

    def test_a_job_of_its_unique_name_is_in_the_way(
        self, store: Store, read: Reading, beat: SeedBeat, state: ScheduleState
    ) -> None:
        submit(store, a_job("by hand", unique="u"))
        answer = beat.fire_one(a_firing(state, a_job("one", unique="u")))
        assert (answer.fired, answer.rows[0].end, answer.rows[0].job) == (Fired.OK, End.UNIQUE, "by hand")
        assert answer.state is not None
        assert (answer.state.active, answer.state.last_job) == ((), "")

    def test_one_whose_end_it_waits_for_is_not(self, store: Store, beat: SeedBeat, state: ScheduleState) -> None:
        now = beat.fire_one(a_firing(state, a_job("one", unique="u"))).state
        assert now is not None
        run = Run(submission=a_job("two", unique="u"), after=("one",))
        answer = beat.fire_one(a_firing(now, run))
        assert answer.rows[0].end is End.FIRED
        assert submit(store, a_job("three", unique="u"))[0].id == "two"

    def test_a_full_queue_takes_none(self, store: Store, beat: SeedBeat, state: ScheduleState) -> None:
        first, second = a_job("one", max_length=1), a_job("two", max_length=1)
        answer = beat.fire_one(a_firing(state, first, second))
        assert [(row.end, row.job) for row in answer.rows] == [(End.FIRED, "one"), (End.QUEUE_FULL, "")]
        assert answer.state is not None
        assert (answer.state.last_job, answer.state.last_at_ms) == ("one", state.cursor_ms + MINUTE_MS)

    def test_the_key_of_an_instant_names_its_newest_job_and_stops_none(
        self, store: Store, beat: SeedBeat, state: ScheduleState
    ) -> None:
        """C4: an instant may come once more; the cursor says whether, and never a key."""
        submit(store, a_job("before", key="k"))
        assert beat.fire_one(a_firing(state, a_job("one", key="k"))).rows[0].end is End.FIRED
        assert everything(store)["key:k"] == b"one"


class TestOneAfterAnother:
    """C11, O6: a run that waits for others starts when they have ended, however they did."""

    ENDS = pytest.mark.parametrize(
        "end",
        [
            lambda store, worker: worker.complete(worker.take()),
            lambda store, worker: worker.bury(worker.take()),
            lambda store, worker: worker.bury(worker.take(), outcome=Outcome.TIMEOUT),
            lambda store, worker: store.do(store.verbs.cancel(["one"], {})),
            _lose,
        ],
        ids=["succeeded", "failed", "timeout", "cancelled", "lost"],
    )

    @ENDS
    def test_a_chain_goes_on_after_each(
        self,
        store: Store,
        read: Reading,
        beat: SeedBeat,
        state: ScheduleState,
        worker: SeedWorker,
        other_worker: SeedWorker,
        end: Callable[[Store, SeedWorker], object],
    ) -> None:
        two = Run(submission=a_job("two", delay_ms=60_000), after=("one",))
        three = Run(submission=a_job("three"), after=("two",))
        answer = beat.fire_one(a_firing(state, "one", two, three))
        assert answer.state is not None
        assert answer.state.active == ("one", "two", "three")
        assert [job.state for job in read.jobs(["two", "three"])] == [State.WAITING, State.WAITING]

        end(store, worker)

        assert [job.state for job in read.jobs(["two", "three"])] == [State.SCHEDULED, State.WAITING]
        make_due(store, "two")
        store.do(store.verbs.promote())
        other_worker.complete(other_worker.take())
        assert other_worker.take().id == "three"
        after = everything(store)
        assert "waiting" not in after
        assert {name for name in after if name.endswith(" aw")} == set()

    def test_a_failed_attempt_that_is_tried_again_is_no_end(
        self, store: Store, read: Reading, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
    ) -> None:
        beat.fire(a_firing(state, "one", Run(submission=a_job("two"), after=("one",))))
        worker.retry(worker.take())
        assert read.job("two").state is State.WAITING
        assert the_state(store).active == ("one", "two")

    def test_what_has_ended_or_is_gone_is_no_obstacle(
        self, store: Store, read: Reading, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
    ) -> None:
        submit(store, "failed")
        worker.bury(worker.take())
        beat.fire(a_firing(state, Run(submission=a_job("one"), after=("failed", "unknown"))))
        assert read.job("one").state is State.QUEUED

    def test_of_very_many_the_last_go_on_a_little_later(
        self, store: Store, read: Reading, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
    ) -> None:
        many = [Run(submission=a_job(f"j{n:03}"), after=("one",)) for n in range(250)]
        beat.fire(a_firing(state, "one", *many, new_cursor_ms=state.cursor_ms + 1, due_ms=state.cursor_ms))
        worker.bury(worker.take())
        assert read.job("j249").state is State.WAITING
        assert store.do(store.verbs.follow()) == (50, False)
        assert {job.state for job in read.jobs([f"j{n:03}" for n in range(250)])} == {State.QUEUED}

    def test_one_that_expires_while_it_waits_does_not_start(
        self, read: Reading, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
    ) -> None:
        two = Run(submission=a_job("two", expires_ms=1), after=("one",))
        beat.fire(a_firing(state, "one", two))
        eventually(lambda: read.now_ms() > (read.job("two").expires_ms or 0))
        worker.complete(worker.take())
        assert read.job("two").outcome is Outcome.EXPIRED


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
