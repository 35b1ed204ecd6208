"""The limit over all attempts of a job, at one that is not the first: it counts from the first one's start (P19)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from qctl.config import Config
from qctl.engine.limits import Limits, Step
from qctl.engine.liveoutput import LiveOutput
from qctl.engine.processes.events import Started
from qctl.engine.processes.kernel import OomKills
from qctl.engine.tracking import Tracking
from qctl.model.attempt import Attempt
from qctl.model.call import Kind
from qctl.model.state import Outcome
from qctl.model.task import Task
from qctl.store import Command
from qctl.store.values import Claim
from tests.integration.worker.hands import Hands
from tests.support.store_seed import submit

TOTAL = 3600.0
BEFORE = 3000.0  #: seconds ago, the first attempt began


@pytest.fixture
def hands(redis_url: str, namespace: str) -> Iterator[Hands]:
    made = Hands(redis_url, namespace)
    yield made
    made.close()


def a_second_attempt(hands: Hands) -> Claim:
    """Claim a job that began long ago for the first time, of a task with such a limit."""
    submit(hands.store, "one")
    (claim,) = hands.claim_next(1)
    task = Task(name=claim.task, kind=Kind.CALL, call="jobs:noop", total_timeout=TOTAL)
    hands.station.config = Config(tasks={claim.task: task})
    hands.station.time.heard(hands.read.now_ms(), hands.now, hands.now)
    began_ms = hands.station.time.at(hands.now - BEFORE)
    first = Attempt(number=1, worker="w", started_ms=began_ms, ended_ms=began_ms + 1, outcome=Outcome.FAILED)
    hands.store.do(Command(("HSET", hands.store.keys.job("one"), "a1", first.encode()), int))
    hands.station.lease.begin(hands.now)
    hands.station.lease.renewed(hands.now)
    return claim._replace(attempt=2)


@pytest.mark.parametrize("begins_first", [True, False])
def test_it_ends_a_later_attempt_in_time_whether_that_begins_before_or_after_it_is_known_when(
    hands: Hands, begins_first: bool
) -> None:
    """To a Redis that is far away a slot is faster than the answer which says when the job first began."""
    claim, limits = a_second_attempt(hands), Limits()
    tracking = Tracking(hands.station, hands.outbox, limits, hands.durations, LiveOutput(hands.station), OomKills())
    hands.intake.on_total = tracking.watch_total
    hands.send()
    hands.intake.accept([claim], hands.now)

    if not begins_first:
        hands.hear()
    tracking.heard([Started(claim.id, claim.fence, 0, 1, hands.now)], hands.now)
    hands.hear()

    left = TOTAL - BEFORE
    assert limits.next_due() == pytest.approx(hands.now + left, abs=1.0)
    assert [due.step for due in limits.run_once(hands.now + left + 1.0)] == [Step.TOTAL]
    held = hands.station.claims.get((claim.id, claim.fence))
    assert held is not None
    assert not math.isinf(held.total_until)
