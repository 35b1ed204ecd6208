"""fire: what becomes of the jobs of a firing, and how they end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.model.state import Outcome, State
from qctl.store import Reading, Store
from qctl.store.schedule_values import Fired, Run, ScheduleState
from tests.support import eventually
from tests.support.schedule_seed import (
    MINUTE_MS,
    NAME,
    SeedBeat,
    a_firing,
    fired,
    the_state,
)
from tests.support.store_seed import SeedWorker, a_job, everything, lose, make_due, submit


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


class TestReplaced:
    """O8: the old jobs are stopped first, and the new one starts when they are gone."""

    @pytest.fixture
    def busy(self, beat: SeedBeat, state: ScheduleState) -> ScheduleState:
        now = beat.fire_one(a_firing(state, a_job("old", unique="u"), "queued")).state
        assert now is not None
        return now

    def test_what_is_queued_ends_and_what_runs_gets_the_order_and_is_waited_for(
        self, store: Store, read: Reading, beat: SeedBeat, busy: ScheduleState, worker: SeedWorker
    ) -> None:
        old = worker.take()
        run = Run(submission=a_job("new", unique="u"), after=busy.active)

        answer = beat.fire_one(a_firing(busy, run, replaced=busy.active))

        assert answer.rows[0].end is End.FIRED
        assert answer.state is not None
        assert answer.state.active == ("old", "new")
        queued, new = read.jobs(["queued", "new"])
        assert (queued.outcome, queued.cancelled_by) == (Outcome.CANCELLED, f"schedule {NAME}")
        assert new.state is State.WAITING
        assert worker.heartbeat().orders["old"].by == f"schedule {NAME}"
        assert everything(store)["events"][-2:] == ["fire new", "cancel queued"]
        assert worker.claim() == []

        worker.bury(old, outcome=Outcome.CANCELLED)
        assert worker.take().id == "new"

    @pytest.mark.parametrize("runs", [True, False])
    def test_in_a_full_queue_nothing_is_stopped_for_what_is_not_taken(
        self, store: Store, read: Reading, beat: SeedBeat, state: ScheduleState, worker: SeedWorker, runs: bool
    ) -> None:
        """O8: better the old run than none; a place that the old one has in the queue is the new one's."""
        busy = beat.fire_one(a_firing(state, "old")).state
        assert busy is not None
        if runs:
            worker.take()
            submit(store, a_job("other"))
        run = Run(submission=a_job("new", max_length=1), after=busy.active)

        answer = beat.fire_one(a_firing(busy, run, replaced=busy.active))

        assert answer.rows[0].end is (End.QUEUE_FULL if runs else End.FIRED)
        assert answer.state is not None
        assert answer.state.active == (("old",) if runs else ("new",))
        assert worker.heartbeat().orders == {}
        assert [job.state for job in read.jobs(["old"])] == [State.RUNNING if runs else State.ENDED]

    def test_nothing_is_stopped_while_another_job_has_its_unique_name(
        self, store: Store, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
    ) -> None:
        busy = beat.fire_one(a_firing(state, "old")).state
        assert busy is not None
        worker.take()
        submit(store, a_job("by hand", unique="u"))
        run = Run(submission=a_job("new", unique="u"), after=busy.active)
        answer = beat.fire_one(a_firing(busy, run, replaced=busy.active))
        assert (answer.rows[0].end, answer.rows[0].job) == (End.UNIQUE, "by hand")
        assert worker.heartbeat().orders == {}
        assert answer.state is not None
        assert answer.state.active == ("old",)

    def test_what_has_ended_meanwhile_makes_the_firing_stale(
        self, beat: SeedBeat, busy: ScheduleState, worker: SeedWorker
    ) -> None:
        worker.complete(worker.take())
        assert beat.fire_one(a_firing(busy, "new", replaced=busy.active)).fired is Fired.STALE


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
