"""fire: a run that replaces others (O8)."""

from __future__ import annotations

import pytest

from qctl.model.occurrence import End
from qctl.model.state import Outcome, State
from qctl.store import Reading, Store
from qctl.store.schedule_values import Fired, Run, ScheduleState
from tests.support.schedule_seed import (
    NAME,
    SeedBeat,
    a_firing,
)
from tests.support.store_seed import SeedWorker, a_job, everything, submit


@pytest.fixture
def state(beat: SeedBeat) -> ScheduleState:
    """A schedule that nothing was settled of for an hour."""
    return beat.declare()


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
