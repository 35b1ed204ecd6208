"""Workflows that schedules start: all of their nodes are there or nothing is, and their lateness is told as a job's."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.store import Reading, Store
from qctl.store.schedule_values import Fired, Firing, FiringAnswer
from tests.store.test_workflow_damage import follow
from tests.support.notices import notices, occasions, watch
from tests.support.schedule_seed import MINUTE_MS, NAME, SeedBeat, a_firing, fired, the_state
from tests.support.store_seed import SeedWorker, everything, make_due
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, group, send


def ago(store: Store, minutes: int) -> int:
    return Reading(store).now_ms() - minutes * MINUTE_MS


def firing_of(store: Store, one: WorkflowSubmission, minutes: int = 0, manual: bool = False) -> Firing:
    at = ago(store, minutes)
    rows: Sequence[Occurrence] = [fired(at, one.id, manual=manual)]
    more = {"manual": True} if manual else {"new_cursor_ms": at}
    return a_firing(the_state(store), one, rows=rows, due_ms=at, **more)


def fire(store: Store, beat: SeedBeat, one: WorkflowSubmission, minutes: int = 0) -> FiringAnswer:
    return beat.fire_one(firing_of(store, one, minutes))


class TestManyNodes:
    @pytest.mark.parametrize("manual", [False, True])
    def test_one_is_started_if_all_of_them_are_there_and_else_nothing_happens(
        self, store: Store, read: Reading, beat: SeedBeat, crew: Crew, manual: bool
    ) -> None:
        """A missing part is no full queue: the beat, or who starts it by hand, sends all of it once more."""
        beat.declare()
        one = a_workflow(group(*("m" for _ in range(600))))
        firing = firing_of(store, one, manual=manual)
        before = everything(store)

        assert beat.fire_one(firing).fired is Fired.STALE
        assert everything(store) == before

        store.do_all(store.verbs.uploads([one]))
        answer = beat.fire_one(firing)
        assert answer.fired is Fired.OK
        assert [row.end for row in answer.rows] == [End.FIRED]
        follow(store)
        while claims := crew.worker.claim(100):
            for claim in claims:
                crew.worker.complete(claim)
        assert ending(read)[0] == "succeeded"

    @pytest.mark.parametrize("manual", [False, True])
    def test_the_same_call_again_starts_it_once(self, store: Store, beat: SeedBeat, crew: Crew, manual: bool) -> None:
        beat.declare()
        one = a_workflow(group(*("m" for _ in range(600))))
        firing = firing_of(store, one, manual=manual)
        for _ in range(2):
            store.do_all(store.verbs.uploads([one]))
            answer = beat.fire_one(firing)
            follow(store)
        assert answer.fired is (Fired.OK if manual else Fired.STALE)
        assert len(crew.look()) == 600

    def test_an_id_that_is_not_free_yet_is_no_full_queue_either(self, store: Store, beat: SeedBeat, crew: Crew) -> None:
        beat.declare()
        one = a_workflow(group(*("m" for _ in range(400))))
        send(store, one)
        follow(store)
        store.do(store.verbs.cancel(["w"], {}))
        follow(store)
        store.do(store.verbs.remove(["w"]))
        assert fire(store, beat, one).fired is Fired.STALE
        follow(store)
        assert fire(store, beat, one).fired is Fired.OK


class TestLateness:
    @pytest.fixture
    def beat(self, beat: SeedBeat, worker: SeedWorker) -> SeedBeat:
        """A beat of whose schedule somebody is told."""
        watch(worker, task="pipeline")
        beat.declare(task="pipeline")
        return beat

    def test_one_that_is_fired_late_is_told_once(self, store: Store, beat: SeedBeat, crew: Crew) -> None:
        assert fire(store, beat, a_workflow("a"), minutes=2).fired is Fired.OK
        crew.look()
        (notice,) = notices(store)
        assert (notice.occasion.value, notice.subject, notice.job) == ("late", NAME, "w")

    def test_runs_in_time_end_the_lateness(self, store: Store, beat: SeedBeat, crew: Crew) -> None:
        for workflow, minutes in (("u", 2), ("v", 0), ("w", 2)):
            assert fire(store, beat, a_workflow("a", workflow), minutes=minutes).fired is Fired.OK
            crew.worker.complete(crew.worker.take())
        assert occasions(store) == ["late u", "late w"]

    def test_one_that_began_ends_the_trouble_of_one_that_expired(
        self, store: Store, beat: SeedBeat, crew: Crew
    ) -> None:
        """The second miss is told as the first was."""
        for workflow, expires in (("u", True), ("v", False), ("w", True)):
            one = a_workflow(chain("a"), workflow, delay_ms=60_000, expires_ms=0 if expires else None)
            assert fire(store, beat, one).fired is Fired.OK
            make_due(store, workflow)
            store.do(store.verbs.promote())
            for claim in crew.worker.claim(9):
                crew.worker.complete(claim)
        assert occasions(store) == ["missed u", "missed w"]

    def test_a_retry_is_no_start_of_an_occurrence(self, store: Store, beat: SeedBeat, crew: Crew) -> None:
        assert fire(store, beat, a_workflow("a", "u"), minutes=2).fired is Fired.OK
        crew.worker.bury(crew.worker.take())
        told = occasions(store)
        assert store.do(store.verbs.revive(["u"])) == ["OK"]
        crew.worker.complete(crew.worker.take())
        assert occasions(store)[: len(told)] == told
        assert not [one for one in occasions(store)[len(told) :] if one.startswith("late")]
