"""fire: nothing -> waiting | scheduled | queued. Rows of the ledger, their jobs and a new cursor, all at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.store import Reading, ScheduleReading, Store
from qctl.store.schedule_values import Fired, ScheduleState
from tests.support.schedule_seed import (
    MINUTE_MS,
    NAME,
    SeedBeat,
    a_firing,
    a_publication,
    an_hour_old,
    fired,
    the_state,
)
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, changed, everything

LEVEL = 1 << 49
DAY_MS = 24 * HOUR_MS


@pytest.fixture
def state(beat: SeedBeat) -> ScheduleState:
    """A schedule that nothing was settled of for an hour."""
    return beat.declare()


def test_a_job_its_row_and_the_new_cursor_are_written_and_nothing_else(
    store: Store, beat: SeedBeat, state: ScheduleState
) -> None:
    """C18: the row and the job are there together, or neither is."""
    at = state.cursor_ms + MINUTE_MS
    before = everything(store)

    answer = beat.fire_one(a_firing(state, a_job("one", key="k", expires_ms=5000)))

    assert changed(before, everything(store)) == {
        "job:one form": "live",
        "job:one s": "queued",
        "job:one t": "tidy",
        "job:one q": "default",
        "job:one p": "5",
        "job:one b": '{"task":"tidy"}',
        "job:one at": "a time",
        "job:one ex": "a time",
        "job:one sc": str(4 * LEVEL + 1),
        "job:one sd": NAME,
        "ready:default": [("one", 4 * LEVEL + 1)],
        "queues": ["default"],
        "recent": ["one"],
        "seq": b"2",
        "key:k": b"one",
        "wake:default": 1,
        "stats in:default": 1,
        "events": ["fire one"],
        f"active:{NAME}": [("one", 2)],
        f"ledger:{NAME}": [(f'{{"at":{at},"end":"fired","job":"one"}}', at)],
        f"schedule:{NAME} cursor": str(at),
        f"schedule:{NAME} fired_by": "b1",
        f"schedule:{NAME} last_job": "one",
        f"schedule:{NAME} last_at": str(at),
        f"schedule:{NAME} last_fired": "a time",
    }
    assert (answer.fired, answer.state) == (Fired.OK, the_state(store))
    assert answer.state is not None
    assert (answer.state.active, answer.state.cursor_ms, answer.state.last_at_ms) == (("one",), at, at)
    assert answer.rows == (fired(at, "one", recorded_ms=answer.now_ms),)


def test_all_that_a_row_says_is_kept_and_told(store: Store, beat: SeedBeat, state: ScheduleState) -> None:
    at = state.cursor_ms
    said = [
        Occurrence(at_ms=at + 1, end=End.MISSED, count=1200, since_ms=at - DAY_MS // 2, note='of "50"'),
        Occurrence(at_ms=at + 2, end=End.MERGED, job="one", note="02:30 does not exist — ä"),
        fired(at + 3, "one", turn=2),
        Occurrence(at_ms=at + 4, end=End.OVERLAP, job="one"),
        fired(253402300799000, "one"),
    ]
    answer = beat.fire_one(a_firing(state, "one", rows=said))
    told = tuple(replace(row, recorded_ms=answer.now_ms) for row in said)
    assert answer.rows == told
    assert ScheduleReading(store).ledger(NAME, 9) == list(reversed(told))


def test_a_schedule_remembers_what_it_missed_since_it_last_ran(
    store: Store, beat: SeedBeat, state: ScheduleState
) -> None:
    at = state.cursor_ms
    missed = Occurrence(at_ms=at, end=End.MISSED, count=3, since_ms=at - 9)
    answer = beat.fire_one(a_firing(state, rows=[missed, Occurrence(at_ms=at + 1, end=End.MISSED)]))
    assert answer.state is not None
    assert (answer.state.missed, answer.state.last_missed_ms, answer.state.last_job) == (4, at + 1, "")

    answer = beat.fire_one(a_firing(answer.state, "one", rows=[replace(missed, at_ms=at + 2), fired(at + 3, "one")]))
    assert answer.state is not None
    assert (answer.state.missed, answer.state.last_missed_ms, answer.state.last_job) == (0, at + 2, "one")
    assert answer.state.last_fired_ms == answer.now_ms


class TestRefused:
    """Check first, write after: a refused firing leaves no trace, and those beside it are carried out."""

    @pytest.fixture
    def ran(self, beat: SeedBeat, state: ScheduleState) -> ScheduleState:
        """The schedule has one active job."""
        told = beat.fire_one(a_firing(state, "busy")).state
        assert told is not None
        return told

    @pytest.mark.parametrize(
        ("more", "answer"),
        [
            ({"name": "unknown"}, Fired.UNKNOWN),
            ({"generation": 2}, Fired.DRIFT),
            ({"cursor_ms": 5}, Fired.STALE),
            ({"active": ()}, Fired.STALE),
            ({"active": ("busy", "more")}, Fired.STALE),
            ({"active": ("other",)}, Fired.STALE),
            ({"due_ms": 1 << 42}, Fired.EARLY),
        ],
    )
    def test_what_was_decided_from_another_state_or_is_not_due_is_refused(
        self, store: Store, beat: SeedBeat, ran: ScheduleState, more: dict[str, Any], answer: Fired
    ) -> None:
        before = everything(store)
        told = beat.fire_one(a_firing(ran, "one", replaced=("busy",), **more))
        assert (told.fired, told.rows) == (answer, ())
        assert told.state == (None if answer is Fired.UNKNOWN else ran)
        assert everything(store) == before

    def test_the_others_of_the_call_are_carried_out(self, store: Store, beat: SeedBeat, ran: ScheduleState) -> None:
        beat.publish(a_publication("other"))
        other = an_hour_old(store, "other")
        answers = beat.fire(a_firing(ran, "x", cursor_ms=1), a_firing(other, "y"), a_firing(other, "z"))
        assert [answer.fired for answer in answers] == [Fired.STALE, Fired.OK, Fired.STALE]
        assert [job.id for job in Reading(store).jobs(["x", "y", "z"])] == ["y"]

    def test_a_boot_of_a_host_is_fired_for_once(self, store: Store, beat: SeedBeat, ran: ScheduleState) -> None:
        """O1, O2."""
        told = beat.fire_one(a_firing(ran, "one", boot=("db1", "boot1"))).state
        assert told is not None
        assert told.boots == {"db1": "boot1"}
        assert beat.fire_one(a_firing(told, "two", boot=("db1", "boot1"))).fired is Fired.STALE
        assert beat.fire_one(a_firing(told, "two", boot=("db2", "boot1"))).fired is Fired.OK
        assert beat.fire_one(a_firing(the_state(store), "three", boot=("db1", "boot2"))).fired is Fired.OK

    def test_one_that_somebody_disabled_meanwhile_starts_nothing(
        self, store: Store, beat: SeedBeat, ran: ScheduleState
    ) -> None:
        store.do(store.verbs.disable([NAME], {"by": "ada"}))
        told = beat.fire_one(a_firing(ran, "one"))
        assert told.fired is Fired.STALE
        assert told.state is not None
        assert told.state.disabled is not None
        skipped = Occurrence(at_ms=ran.cursor_ms + MINUTE_MS, end=End.DISABLED)
        assert beat.fire_one(a_firing(ran, rows=[skipped])).fired is Fired.OK

    def test_the_order_of_the_active_jobs_says_nothing(self, beat: SeedBeat, ran: ScheduleState) -> None:
        two = beat.fire_one(a_firing(ran, "one")).state
        assert two is not None
        assert beat.fire_one(a_firing(two, "two", active=two.active[::-1])).fired is Fired.OK


class TestTwoBeats:
    def test_each_instant_is_fired_by_one_of_them(
        self, store: Store, beat: SeedBeat, other_beat: SeedBeat, state: ScheduleState
    ) -> None:
        """C21: both decided the same; the second is told what the first did."""
        assert beat.fire_one(a_firing(state, "mine")).fired is Fired.OK
        told = other_beat.fire_one(a_firing(state, "yours"))
        assert told.fired is Fired.STALE
        assert told.state is not None
        assert (told.state.last_job, told.state.fired_by) == ("mine", "b1")
        assert [row.job for row in ScheduleReading(store).ledger(NAME, 9)] == ["mine"]

    def test_a_firing_whose_answer_was_lost_is_not_fired_twice_and_told_as_its_own(
        self, store: Store, beat: SeedBeat, state: ScheduleState, worker: SeedWorker
    ) -> None:
        """C21, fault 46: also when its job has ended meanwhile."""
        firing = a_firing(state, "one")
        beat.fire(firing)
        worker.complete(worker.take())
        before = everything(store)
        told = beat.fire_one(firing)
        assert (told.fired, told.state and told.state.last_job) == (Fired.STALE, "one")
        assert everything(store) == before
