"""Reports of attempts: the short way to the outbox tells what the long way would, and deaths have their right names."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl.engine.backlog import Durations
from qctl.engine.claims import Claims, Held, Stage
from qctl.engine.journal import Journal, Level
from qctl.engine.limits import Limits
from qctl.engine.liveoutput import LiveOutput
from qctl.engine.outbox import Outbox, Settled
from qctl.engine.processes.events import Finished, SlotDied, Started
from qctl.engine.processes.kernel import OomKills
from qctl.engine.processes.stops import crash
from qctl.engine.station import ServerTime, Station
from qctl.engine.tracking import Tracking
from qctl.model.attempt import Attempt, Value, ValueKind
from qctl.model.call import Kind
from qctl.model.ended import Ended, LogSummary
from qctl.model.retry import RetryPolicy
from qctl.model.state import Outcome, Reason
from qctl.model.task import Task
from qctl.store.values import Claim

TASK = Task(name="t", kind=Kind.CALL, call="m:f", hash="abc")
DONE = Ended(outcome=Outcome.SUCCEEDED, cpu_s=0.0000123456, max_rss_bytes=23 << 20)


class Place:
    """A worker's place with one job that was sent to a slot."""

    def __init__(
        self, fd: int, level: Level, *, task: Task | None = TASK, body: bytes = b"{}", attempt: int = 1
    ) -> None:
        self.claims, self.outbox, self.durations = Claims(), Outbox(), Durations()
        self.station = SimpleNamespace(
            claims=self.claims,
            identity=SimpleNamespace(label="10%d"),
            journal=Journal(fd, level=level),
            time=ServerTime(),
            dice=Random(1),
            worker="w",
        )
        self.station.time.heard(1_790_000_000_000, 7.0, 7.0)
        station = cast("Station", self.station)
        self.tracking = Tracking(station, self.outbox, Limits(), self.durations, LiveOutput(station), OomKills())
        self.claims.take(Held(Claim("j", 3, attempt, "t", "q", 0, 0, 0, 0, body), "w", task, 7.0))
        self.claims.went(1, 0)

    def told(self) -> list[Settled]:
        batch = self.outbox.next_batch()
        return [one for _, group in batch.groups for one in group] if batch else []


@pytest.fixture
def nowhere() -> Iterator[int]:
    fd = os.open(os.devnull, os.O_WRONLY)
    yield fd
    os.close(fd)


WAYS: list[tuple[Ended, dict[str, Any]]] = [
    (DONE, {}),
    (DONE._replace(value=Value(ValueKind.JSON, b"[1]")), {}),
    (DONE, {"attempt": 3}),
    (DONE, {"body": b'{"retries":7}'}),
    (DONE, {"task": None}),
    (DONE, {"task": Task(name="t", kind=Kind.CALL, call="m:f", hash="abc", retry=RetryPolicy(limit=4))}),
    (DONE, {"task": Task(name="t", kind=Kind.CALL, call="m:f", hash="abc", retry=RetryPolicy(limit=None))}),
    (DONE._replace(log=LogSummary(3, 1, 0), packed_log=b"abc"), {}),
    (DONE._replace(exit_code=0), {"task": Task(name="t", kind=Kind.RUN, run="true", hash="abc")}),
    (Ended(outcome=Outcome.FAILED, reason=Reason.EXIT, exit_code=3), {}),
    (Ended(outcome=Outcome.SKIPPED, reason=Reason.STOPPED), {}),
]


@pytest.mark.parametrize(("ended", "job"), WAYS)
def test_an_attempt_heard_whole_is_told_as_one_heard_in_two_parts(
    nowhere: int, ended: Ended, job: dict[str, Any]
) -> None:
    whole, parted = Place(nowhere, Level.WARNING, **job), Place(nowhere, Level.DEBUG, **job)

    whole.tracking.heard([Finished("j", 3, ended, 8.0006, 8.0001, 17)], 9.0)
    parted.tracking.heard([Started("j", 3, 0, 17, 8.0001)], 9.0)
    parted.tracking.heard([Finished("j", 3, ended, 8.0006)], 9.0)

    (one,), (two,) = whole.told(), parted.told()
    assert (one.verb, one.settlement._replace(record=b"")) == (two.verb, two.settlement._replace(record=b""))
    assert json.loads(one.settlement.record) == json.loads(two.settlement.record)
    assert Attempt.decode(one.settlement.record).worker == "10%d"
    assert whole.durations.expected("t") == parted.durations.expected("t")
    for place in (whole, parted):
        assert [held.stage for held in place.claims] == [Stage.OVER]
        assert not (place.claims.sent)
        assert not (place.claims.begun)
        assert not (place.claims.waiting)


def test_a_task_that_is_defined_anew_is_told_under_its_new_hash(nowhere: int) -> None:
    place = Place(nowhere, Level.WARNING)
    place.tracking.heard([Finished("j", 3, DONE, 8.2, 8.1, 17)], 9.0)
    anew = Task(name="t", kind=Kind.CALL, call="m:f", hash="def")
    place.claims.take(Held(Claim("k", 4, 1, "t", "q", 0, 0, 0, 0, b"{}"), "w", anew, 7.0))
    place.claims.went(1, 0)

    place.tracking.heard([Finished("k", 4, DONE, 8.2, 8.1, 17)], 9.0)

    assert [Attempt.decode(one.settlement.record).hash for one in place.told()] == ["abc", "def"]


def test_the_end_of_what_is_not_held_or_is_over_is_told_by_nobody_twice(nowhere: int) -> None:
    place = Place(nowhere, Level.WARNING)
    ended = Finished("j", 3, DONE, 8.2, 8.1, 17)
    place.tracking.heard([Finished("j", 2, DONE, 8.2, 8.1, 17), ended, ended], 9.0)
    place.claims.drop([("j", 3)])

    place.tracking.heard([ended], 9.0)

    assert [one.settlement.id for one in place.told()] == ["j"]


@pytest.mark.parametrize(
    ("exit_code", "number", "counts", "reason"),
    [
        (None, 9, (5, 6), Reason.OOM),
        (None, 9, (5, 5), Reason.CRASHED),
        (3, None, (5, 6), Reason.CRASHED),
    ],
    ids=["memory ran out while it ran", "memory ran out before it ran", "memory ran out, and it left by itself"],
)
def test_a_slot_died_for_want_of_memory_if_that_killed_somebody_while_its_job_ran(
    nowhere: int,
    monkeypatch: pytest.MonkeyPatch,
    exit_code: int | None,
    number: int | None,
    counts: tuple[int, int],
    reason: Reason,
) -> None:
    """Fault 14: the kernel counts for the whole machine, and has counted since that was started."""
    counted = [0]
    monkeypatch.setattr("qctl.engine.processes.kernel.oom_kills", lambda: counted[0])
    place = Place(nowhere, Level.WARNING)
    counted[0] = counts[0]
    place.tracking.heard([Started("j", 3, 0, 17, 8.0)], 8.0)
    counted[0] = counts[1]

    place.tracking.heard([SlotDied(0, 17, ("j", 3), exit_code, number, crash(exit_code, number))], 9.0)

    (told,) = place.told()
    assert Attempt.decode(told.settlement.record).reason == reason
