"""What ten thousand short jobs cost their worker: counts, under a clock that a test moves.

The worker's own loop runs here, over slots and a store that take as long as a usual machine takes.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl import clock
from qctl.config import Config
from qctl.engine.backlog import Backlog, Durations
from qctl.engine.claiming import Claiming
from qctl.engine.claims import Claims
from qctl.engine.crew import Crew
from qctl.engine.intake import Intake
from qctl.engine.journal import Journal
from qctl.engine.limits import Limits
from qctl.engine.liveoutput import LiveOutput
from qctl.engine.outbox import Outbox
from qctl.engine.processes.events import Event, Finished
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.kernel import OomKills
from qctl.engine.selection import read_selection
from qctl.engine.settling import Settling
from qctl.engine.station import ServerTime, Station
from qctl.engine.tracking import Tracking
from qctl.engine.turn import Turn
from qctl.engine.worker import Worker
from qctl.model.call import Kind
from qctl.model.ended import Ended
from qctl.model.state import Outcome
from qctl.model.task import Task
from qctl.store.values import Answer, Claim, Claimed, Standing

JOBS = 10_000
SLOTS = 2
JOB = 0.000_025  #: seconds that a job takes in its slot
EXCHANGE = 0.001_5  #: seconds of a round trip
STEP = 0.000_1  #: seconds that the parent is busy in a step
ENDED = Ended(outcome=Outcome.SUCCEEDED)


class World:
    """Slots and a store, and how often the worker turns to them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.counts: Counter[str] = Counter()
        self.done: list[str] = []
        self.up = True
        self._left = JOBS
        self._frames: deque[Frame] = deque()
        self._free_at = [self.now] * SLOTS
        self._ends: deque[Finished] = deque()
        self._answers: deque[tuple[float, Callable[[list[Any]], None], list[Any]]] = deque()

    def dispatch(self, frames: Sequence[Frame], together: int = 1) -> int:
        assert together >= 1
        self._run()
        self._frames.extend(frames)
        self._free_at = [max(at, self.now) for at in self._free_at]
        return len(frames)

    def _run(self) -> None:
        """Let the slots run what they have begun by now."""
        while self._frames and (began := min(self._free_at)) <= self.now:
            frame = self._frames.popleft()
            self._free_at[self._free_at.index(began)] = began + JOB
            self._ends.append(Finished(frame.id, frame.fence, ENDED, began + JOB, began))

    def events(self) -> list[Event]:
        self._run()
        said: list[Event] = []
        while self._ends and self._ends[0].at <= self.now:
            said.append(self._ends.popleft())
        return said

    def next_due(self) -> float:
        return math.inf

    def claim(self, worker: str, number: int, want: int, *_: object) -> Any:
        self.counts["claims"] += 1
        count = min(want, self._left)
        self._left -= count
        ids = range(self._left, self._left + count)
        claims = tuple(Claim(f"{id_:08}", number, 1, "noop", "default", 0, 0, 0, 0, b"{}") for id_ in ids)
        return Claimed(standing=Standing.OK, now_ms=0, next_due_ms=None, more=self._left > 0, claims=claims)

    def complete(self, worker: str, settled: Sequence[Any]) -> Any:
        self.counts["completes"] += 1
        self.done += [one.id for one in settled]
        return [Answer.OK] * len(settled)

    def ask(self, commands: Sequence[Any], then: Callable[[list[Any]], None], *_: object) -> bool:
        self.counts["exchanges"] += 1
        self._answers.append((self.now + EXCHANGE, then, list(commands)))
        return True

    def pause(self, seconds: float) -> None:
        self.counts["rests"] += 1
        self.now += seconds

    def select(self, timeout: float) -> list[tuple[Any, int]]:
        self.counts["steps"] += 1
        self.now += STEP
        self._run()
        reported = self._ends[0].at if self._ends else math.inf
        answered = self._answers[0][0] if self._answers else math.inf
        self.now = max(self.now, min(self.now + timeout, reported, answered))
        ready = [self.hear] if reported <= self.now else []
        ready += [self._answer] if answered <= self.now else []
        return [(SimpleNamespace(data=what), 0) for what in ready]

    def hear(self, now: float) -> None:
        self.crew.run_once(now)

    def _answer(self, now: float) -> None:
        while self._answers and self._answers[0][0] <= now:
            _, then, answers = self._answers.popleft()
            then(answers)

    crew: Crew


def a_station(world: World) -> Station:
    others = dict.fromkeys(("bury", "retry", "release", "replace"))
    known = Config(tasks={"noop": Task(name="noop", kind=Kind.CALL, call="m:noop", hash="h")}).known
    return cast(
        "Station",
        SimpleNamespace(
            worker="w",
            identity=SimpleNamespace(label="w"),
            clock=lambda: world.now,
            claims=Claims(),
            time=ServerTime(),
            dice=Random(1),
            verbs=SimpleNamespace(claim=world.claim, complete=world.complete, **others),
            journal=Journal(2),
            line=world,
            shutdown=SimpleNamespace(takes_work=True, going=False),
            lease=SimpleNamespace(trusted=lambda _: True),
            config=Config(),
            runnable=known,
            notice_slumber=lambda: None,
        ),
    )


def a_worker(world: World) -> Worker:
    """One that has a full queue before it, and knows its only task to be short."""
    station, outbox, durations = a_station(world), Outbox(), Durations()
    durations.note("noop", JOB)
    backlog = Backlog(SLOTS, durations)
    tracking = Tracking(station, outbox, Limits(), durations, LiveOutput(station), OomKills())
    crew = Crew(station, SLOTS, cast("Any", None), cast("Any", None), tracking.heard, durations)
    crew._pools, crew.ready = {0: cast("Any", world)}, True
    intake = Intake(station, crew, outbox, backlog)
    claiming = Claiming(station, backlog, read_selection(None, (), "here"), intake.accept)
    turn, idle = Turn(station, claiming, Settling(station, outbox)), SimpleNamespace(run_once=lambda _: None)
    others = dict.fromkeys(("sizing", "attention", "departure"), idle)
    parts = SimpleNamespace(crew=crew, intake=intake, turn=turn, duties=(crew, intake), **others)
    parts.registration = SimpleNamespace(registered=True)
    worker = Worker.__new__(Worker)
    worker._station, worker._selector, worker._parts = station, cast("Any", world), cast("Any", parts)
    worker._options = cast("Any", SimpleNamespace(until_empty=False, only=()))
    worker._outage, worker._glance_at = None, -math.inf
    world.crew = crew
    return worker


def test_ten_thousand_short_jobs_are_claimed_in_threes_settled_in_twos_of_hundreds_and_take_few_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    monkeypatch.setattr(clock, "monotonic", lambda: world.now)
    monkeypatch.setattr(clock, "pause", world.pause)
    worker, began = a_worker(world), world.now

    while len(world.done) < JOBS:
        worker._step()
        assert world.counts["steps"] < JOBS, world.counts

    assert len(set(world.done)) == JOBS, "each once"
    assert world.counts["claims"] <= JOBS / 300 + 10
    assert world.counts["completes"] <= JOBS / 200 + 10
    assert world.counts["exchanges"] <= JOBS / 100 + 20
    assert world.counts["steps"] <= JOBS / 50
    assert world.now - began < 1.1 * JOBS * JOB / SLOTS, "and the slots always have something to do"
