"""The limit over all attempts of a job, at one that is not the first: it counts from the first one's start (P19)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

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


@pytest.fixture
def hands(redis_url: str, namespace: str) -> Iterator[Hands]:
    made = Hands(redis_url, namespace)
    yield made
    made.close()


def a_later_attempt(hands: Hands, *began: float, retried: float | None = None) -> Claim:
    """Claim a job whose attempts before began, and that was retried by hand, so many seconds ago."""
    submit(hands.store, "one")
    (claim,) = hands.claim_next(1)
    task = Task(name=claim.task, kind=Kind.CALL, call="jobs:noop", total_timeout=TOTAL)
    hands.station.config = Config(tasks={claim.task: task})
    time = hands.station.time
    time.heard(hands.read.now_ms(), hands.now, hands.now)
    fields: dict[str, bytes | int] = {} if retried is None else {"ra": time.at(hands.now - retried)}
    for number, ago in enumerate(began, 1):
        ms = time.at(hands.now - ago)
        attempt = Attempt(number=number, worker="w", started_ms=ms, ended_ms=ms + 1, outcome=Outcome.FAILED)
        fields[f"a{number}"] = attempt.encode()
    hands.store.do(Command(("HSET", hands.store.keys.job("one"), *chain(*fields.items())), int))
    hands.station.lease.begin(hands.now)
    hands.station.lease.renewed(hands.now)
    return claim._replace(attempt=len(began) + 1)


@pytest.mark.parametrize("begins_first", [True, False])
@pytest.mark.parametrize(
    ("began", "retried", "left"),
    [
        ((3000.0,), None, TOTAL - 3000.0),
        ((3000.0, 2000.0, 1000.0), None, TOTAL - 3000.0),
        ((9000.0,), 10.0, TOTAL),
        ((9000.0, 3000.0, 2000.0), 3010.0, TOTAL - 3000.0),
    ],
    ids=["second", "fourth", "retried by hand", "third since it was retried by hand"],
)
def test_it_ends_a_later_attempt_in_time_whether_that_begins_before_or_after_it_is_known_when(
    hands: Hands, began: tuple[float, ...], retried: float | None, left: float, begins_first: bool
) -> None:
    """To a Redis that is far away a slot is faster than the answer which says when the job first began.

    A job that was retried by hand has its whole time again: it would be ended at once otherwise.
    """
    claim, limits = a_later_attempt(hands, *began, retried=retried), Limits()
    tracking = Tracking(hands.station, hands.outbox, limits, hands.durations, LiveOutput(hands.station), OomKills())
    hands.intake.on_total = tracking.watch_total
    hands.send()
    hands.intake.accept([claim], hands.now)

    if not begins_first:
        hands.hear()
    tracking.heard([Started(claim.id, claim.fence, 0, 1, hands.now)], hands.now)
    hands.hear()

    assert limits.next_due() == pytest.approx(hands.now + left, abs=1.0)
    assert [due.step for due in limits.run_once(hands.now + left + 1.0)] == [Step.TOTAL]
    held = hands.station.claims.get((claim.id, claim.fence))
    assert held is not None
    assert held.total_until == pytest.approx(hands.now + left, abs=1.0), "no retry begins after that"
