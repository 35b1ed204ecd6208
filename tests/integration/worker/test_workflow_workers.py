"""Workflows whose worker is killed, drained, or loses what they need."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason, State
from tests.integration.worker.composed import manned, value_of
from tests.integration.worker.workshop import Workshop
from tests.support import eventually


@pytest.fixture
def own(shop: Workshop) -> Workshop:
    """A worker for one test."""
    return manned(shop)


def test_a_replaced_job_that_is_cancelled_stops_its_replacement(own: Workshop) -> None:
    job = own.submit("becomes", Kind.CALL, params={"value": 1, "what": "slow"})
    eventually(lambda: len(own.runs()) == 1, 10)

    own.store.do(own.store.verbs.cancel([job], {"by": "me"}))

    assert own.ended(job).outcome is Outcome.CANCELLED
    assert {own.ended(id_).outcome for id_ in own.runs()} == {Outcome.CANCELLED}


def test_what_a_step_receives_is_fetched_again_for_each_attempt_and_gone_with_its_workflow(own: Workshop) -> None:
    workflow = own.compose("add(x=1) | slow")
    second = f"{workflow}.2"
    own.running(second)
    own.workers[0].process.kill()
    own.redis("DEL", own.store.verbs.keys.nodes(workflow))

    own.ready_worker()

    eventually(lambda: own.read.job(second).state is State.ENDED, 15)
    job = own.read.job(second)
    assert (job.outcome, job.reason) == (Outcome.FAILED, Reason.NOT_STARTED)
    assert job.last is not None
    assert "is gone" in (job.last.error_message or "")


def test_a_worker_that_drains_leaves_the_rest_of_a_workflow_to_another(own: Workshop) -> None:
    old = own.workers[0]
    workflow = own.compose("slowly | add | add")
    own.running(f"{workflow}.1")
    old.signal(signal.SIGTERM)
    old.says("phase")
    Path(f"{own.record}.go").touch()
    old.wait()

    assert own.read.job(f"{workflow}.2").state is State.QUEUED
    own.ready_worker()
    assert value_of(own, own.ended(workflow).id) == 3
