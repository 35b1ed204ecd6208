"""Jobs in the worker's hands that no slot has taken: what a cancel, a loss and a silent Redis make of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast
from unittest import mock

import pytest

from qctl.engine.backlog import DEEPEST, IN_HAND, PATIENCE
from qctl.engine.crew import Crew
from qctl.engine.departure import Departure
from qctl.engine.intake import UNFORKED
from qctl.engine.journal import Journal
from qctl.engine.processes.pool import Pool
from qctl.engine.settle import Verb
from qctl.engine.turn import Turn
from qctl.model.state import Outcome, State
from qctl.store.values import Settlement
from tests.integration.worker.hands import LEASE, Hands, StoppedSlots
from tests.support.store_seed import a_job, submit


@pytest.fixture(params=[False, True], ids=["shared", "embedded"])
def hands(request: pytest.FixtureRequest, redis_url: str, namespace: str) -> Iterator[Hands]:
    made = Hands(redis_url, namespace, embedded=request.param)
    yield made
    made.close()


def test_a_cancelled_job_that_no_slot_has_taken_ends_as_cancelled_and_never_begins(hands: Hands) -> None:
    """P12: a cancel that counts as obeyed has been."""
    hands.claim()
    hands.store.do(hands.store.verbs.cancel(["one"], {"by": "ann"}))

    hands.beat()

    assert not hands.station.claims.waiting
    assert hands.tell() == [Verb.RELEASE]
    job = hands.read.job("one")
    assert (job.outcome, job.attempt) == (Outcome.CANCELLED, 1)


def test_a_lost_job_that_no_slot_has_taken_never_begins_though_its_task_would_go_on(hands: Hands) -> None:
    """Fault 47: somebody else may be running it; nothing is told of it, for it is not ours."""
    claim = hands.claim()
    released = hands.store.verbs.release(hands.station.worker, [Settlement(id=claim.id, fence=claim.fence)])
    assert hands.store.do(released) == ["OK"]

    hands.beat()

    assert len(hands.station.claims) == 0
    assert not hands.station.claims.waiting
    assert hands.tell() == []
    assert hands.read.job("one").state is State.QUEUED


def test_a_cancelled_job_that_comes_back_from_a_slot_unbegun_is_not_sent_to_another(hands: Hands) -> None:
    """It could not be read back when the order came, and can be within its first 100 ms, for another job's sake."""
    hands.claim()
    slots = hands.send()
    hands.store.do(hands.store.verbs.cancel(["one"], {"by": "ann"}))
    hands.beat()
    assert slots.stopped == ["one"], "where it is, it is stopped when it begins"

    slots.declined = True
    hands.crew.recall()
    hands.crew.dispatch()

    assert slots.taken == []
    assert hands.tell() == [Verb.RELEASE]
    assert hands.read.job("one").outcome is Outcome.CANCELLED
    hands.beat()
    assert hands.tell() == []


def test_a_lost_job_that_comes_back_from_a_slot_unbegun_is_not_sent_to_another(hands: Hands) -> None:
    """Fault 47: somebody else may be running it."""
    claim = hands.claim()
    slots = hands.send()
    hands.store.do(hands.store.verbs.release(hands.station.worker, [Settlement(id=claim.id, fence=claim.fence)]))
    hands.beat()

    slots.declined = True
    hands.crew.recall()
    hands.crew.dispatch()

    assert slots.taken == []
    assert len(hands.station.claims) == 0
    assert hands.tell() == []


def test_a_job_that_its_slot_neither_begins_nor_lets_go_is_asked_for_now_and_then_and_not_all_the_time(
    hands: Hands,
) -> None:
    """The slot waits for a dead disk, or is stopped: the worker's loop goes on, and has other things to do."""
    hands.claim()
    slots = hands.send()
    hands.pass_time(UNFORKED)

    hands.intake.run_once(hands.now)
    again = hands.intake.next_due()
    assert hands.now < again <= hands.now + PATIENCE
    hands.pass_time(again - hands.now)
    slots.declined = True
    hands.intake.run_once(hands.now)

    assert hands.tell() == [Verb.RELEASE]
    assert hands.intake.next_due() == math.inf


def test_what_comes_back_from_a_slot_unbegun_is_not_sent_to_another_by_a_worker_that_cuts_off(hands: Hands) -> None:
    """Nothing would end it any more, and the worker would wait for it."""
    hands.claim()
    slots = hands.send()
    departure = Departure(hands.station, hands.intake, cast(Turn, SimpleNamespace(idle=False)))
    for _ in range(2):
        hands.station.shutdown.signalled(hands.now)
    departure.run_once(hands.now)
    assert slots.stopped == ["one"]

    slots.declined = True
    hands.crew.recall()
    hands.crew.dispatch()

    assert slots.taken == []
    assert hands.tell() == [Verb.RELEASE]


def test_new_slots_that_take_over_begin_nothing_as_long_as_the_lease_is_not_trusted(hands: Hands) -> None:
    """Faults 9 and 60: what was claimed before a suspension may be another's by now."""
    hands.claim()
    hands.intake.dispatch(hands.now)
    slots = StoppedSlots()
    hands.crew._pools, hands.crew.ready = {0: cast(Pool, StoppedSlots()), 1: cast(Pool, slots)}, True

    hands.crew._take_over(1)
    hands.intake.dispatch(hands.now)
    assert slots.taken == []

    hands.beat()
    hands.intake.dispatch(hands.now)
    assert [frame.id for frame in slots.taken] == ["one"]


def test_a_slot_that_ends_short_jobs_is_there_though_none_is_heard_to_begin(hands: Hands) -> None:
    """Of short jobs it is heard when they are over; so a slot that seems free is one that cannot be forked (fault 20)
    only if none ends."""
    hands.claim_short_work(60)
    claims = hands.station.claims
    claims.begun.clear()
    with mock.patch.object(Crew, "free", 1):
        claims.heard_at = hands.now - PATIENCE / 2
        assert hands.intake.next_due() == hands.now + PATIENCE

        claims.heard_at = hands.now - PATIENCE * 2
        assert hands.intake.next_due() == hands.now + UNFORKED


def test_work_in_hand_delays_an_urgent_job_by_a_tenth_of_a_second_at_most(hands: Hands) -> None:
    """What was claimed as short work and is not begun in time goes back to its old place, behind what is urgent."""
    hands.claim_short_work(60)
    submit(hands.store, a_job("urgent", priority=9))

    hands.pass_time(0.099)
    hands.intake.run_once(hands.now)
    assert hands.tell() == []
    assert hands.intake.next_due() <= hands.now + 0.001 + 1e-9

    hands.pass_time(0.001)
    hands.intake.run_once(hands.now)
    assert hands.tell() == [Verb.RELEASE] * 60

    first, second, *_ = hands.claim_next(3)
    assert first.id == "urgent"
    assert (second.id, second.attempt) == ("s00", 1)


def test_no_more_is_in_hand_than_a_slot_does_in_a_fifth_of_that_time(hands: Hands) -> None:
    """So an urgent job is behind others for as long only where these turn out to be five times as long as ever."""
    for seconds in (0.0001, 0.001, 0.005, 0.015):
        room = hands.room_for_jobs_of(seconds)
        assert room * seconds <= IN_HAND <= PATIENCE / 5
    assert hands.room_for_jobs_of(0.0) <= DEEPEST


def test_what_is_said_of_a_silence_is_taken_back_once_a_heartbeat_is_answered(
    hands: Hands, capfd: pytest.CaptureFixture[str]
) -> None:
    """Fault 9: a worker that goes on (SIGCONT) says that nothing is begun, and begins jobs a moment later."""
    hands.station.journal = Journal(2)
    hands.beat()
    assert "begun" not in capfd.readouterr().err, "the first heartbeat ends no silence"

    hands.pass_time(LEASE)
    hands.heartbeat.run_once(hands.now)
    assert "nothing is begun until one is" in capfd.readouterr().err
    hands.hear()
    assert "a heartbeat is answered again: jobs are begun again" in capfd.readouterr().err
    hands.beat()
    assert capfd.readouterr().err == ""
