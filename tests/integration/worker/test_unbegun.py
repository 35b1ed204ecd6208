"""Jobs in the worker's hands that no slot has taken: what a cancel, a loss and a silent Redis make of them."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest

from qctl.engine.backlog import DEEPEST, IN_HAND, PATIENCE
from qctl.engine.crew import Crew
from qctl.engine.intake import UNFORKED
from qctl.engine.journal import Journal
from qctl.engine.settle import Verb
from qctl.model.state import Outcome, State
from qctl.store.values import Settlement
from tests.integration.worker.hands import LEASE, Hands
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
