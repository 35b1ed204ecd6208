"""Jobs in the worker's hands that no slot has taken: what a cancel, a loss and a silent Redis make of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qctl.engine.settle import Verb
from qctl.model.state import Outcome, State
from qctl.store.values import Settlement
from tests.integration.worker.hands import Hands


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
