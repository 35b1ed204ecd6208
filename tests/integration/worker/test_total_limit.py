"""The limit over all attempts of a job, at one that is not the first: it counts from the first one's start (P19)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from qctl.config import Config
from qctl.engine import recalling
from qctl.engine.departure import LAST_WORDS, Departure
from qctl.engine.limits import Limits, Step
from qctl.engine.liveoutput import LiveOutput
from qctl.engine.processes.events import Finished, Started
from qctl.engine.processes.kernel import OomKills
from qctl.engine.recalling import FirstStarts
from qctl.engine.settle import Verb
from qctl.engine.tracking import Tracking
from qctl.errors import RedisBusy, RedisUnreachable
from qctl.model.attempt import Attempt
from qctl.model.call import Kind
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.retry import RetryPolicy
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task
from qctl.store import Command
from qctl.store.values import Claim
from tests.integration.worker.hands import Hands
from tests.support.store_seed import submit

if TYPE_CHECKING:
    from qctl.engine.turn import Turn

TOTAL = 3600.0


def busy(_reply: Any) -> RedisBusy:
    """In place of what was asked for."""
    return RedisBusy(url="")


@pytest.fixture
def hands(redis_url: str, namespace: str) -> Iterator[Hands]:
    made = Hands(redis_url, namespace)
    yield made
    made.close()


def a_later_attempt(
    hands: Hands, *began: float, retried: float | None = None, retry: RetryPolicy | None = None
) -> Claim:
    """Claim a job whose attempts before began, and that was retried by hand, so many seconds ago."""
    submit(hands.store, "one")
    (claim,) = hands.claim_next(1)
    task = Task(name=claim.task, kind=Kind.CALL, call="jobs:noop", total_timeout=TOTAL, retry=retry or RetryPolicy())
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


def follow(hands: Hands, limits: Limits) -> tuple[Tracking, FirstStarts]:
    """What follows attempts, and asks when their jobs first began."""
    tracking = Tracking(hands.station, hands.outbox, limits, hands.durations, LiveOutput(hands.station), OomKills())
    first_starts = FirstStarts(hands.station, tracking.recalled)
    hands.intake.on_later = first_starts.expect
    return tracking, first_starts


def reconnect(hands: Hands) -> None:
    hands.pass_time(10.0)
    hands.station.line.run_once(hands.now)
    assert hands.station.line.up


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
    tracking, first_starts = follow(hands, limits)
    hands.send()
    hands.intake.accept([claim], hands.now)
    first_starts.run_once(hands.now)

    if not begins_first:
        hands.hear()
    tracking.heard([Started(claim.id, claim.fence, 0, 1, hands.now)], hands.now)
    hands.hear()

    assert limits.next_due() == pytest.approx(hands.now + left, abs=1.0)
    assert [due.step for due in limits.run_once(hands.now + left + 1.0)] == [Step.TOTAL]
    held = hands.station.claims.get((claim.id, claim.fence))
    assert held is not None
    assert held.total_until == pytest.approx(hands.now + left, abs=1.0), "no retry begins after that"


@pytest.mark.parametrize("answers", [["told"], ["lost", "told"], ["busy", "lost", "told"]], ids="-".join)
def test_one_that_ends_before_that_is_known_is_judged_when_it_is_however_often_it_must_be_asked(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    """It would be tried once more after its time is over."""
    policy = RetryPolicy(limit=None, backoff=1000.0, ceiling=1000.0, jitter=False)
    claim, limits = a_later_attempt(hands, 3000.0, retry=policy), Limits()
    tracking, first_starts = follow(hands, limits)
    hands.send()
    hands.intake.accept([claim], hands.now)

    ended = Ended(Outcome.FAILED, Reason.EXIT, 1, error=ErrorInfo(type="exit", message="exit 1"))
    tracking.heard([Finished(claim.id, claim.fence, ended, hands.now, hands.now)], hands.now)
    for answer in answers:
        assert not hands.outbox
        with monkeypatch.context() as patch:
            if answer == "busy":
                patch.setattr(recalling, "_first_start", busy)
            first_starts.run_once(hands.now)
            if answer == "lost":
                hands.station.line.leave(RedisUnreachable(url="", reason="it is gone"), hands.now)
                assert first_starts.next_due() == math.inf, "nobody can be asked"
                reconnect(hands)
            else:
                hands.hear()
        if answer == "busy":
            assert first_starts.next_due() > hands.now, "it is not asked without a pause"
            hands.pass_time(recalling.PAUSE)

    batch = hands.outbox.next_batch()
    assert batch is not None
    assert [verb for verb, _ in batch.groups] == [Verb.BURY]
    assert first_starts.next_due() == math.inf


def test_a_worker_that_goes_waits_until_such_an_end_is_told(hands: Hands) -> None:
    """Else another would run the job again, as if this worker had died."""
    claim = a_later_attempt(hands, 3000.0)
    tracking, first_starts = follow(hands, Limits())
    hands.send()
    hands.intake.accept([claim], hands.now)
    departure = Departure(hands.station, hands.intake, cast("Turn", SimpleNamespace(idle=True)))
    ended = Ended(Outcome.FAILED, Reason.EXIT, 1, error=ErrorInfo(type="exit", message="exit 1"))
    tracking.heard([Finished(claim.id, claim.fence, ended, hands.now, hands.now)], hands.now)
    hands.station.shutdown.commanded("stop")

    hands.station.line.leave(RedisUnreachable(url="", reason="it is gone"), hands.now)
    for _ in range(3):
        departure.run_once(hands.now)
        hands.now += LAST_WORDS
    assert not departure.gone

    reconnect(hands)
    first_starts.run_once(hands.now)
    hands.hear()
    assert [verb for verb, _ in (hands.outbox.next_batch() or pytest.fail("nothing is told")).groups] == [Verb.BURY]
