"""The parts of a worker that hold claims and keep its lease, over a real Redis and under a clock that a test moves."""

from __future__ import annotations

import selectors
from collections.abc import Sequence
from random import Random
from typing import cast

from qctl import clock
from qctl.config import Config
from qctl.engine.backlog import Backlog, Durations
from qctl.engine.claims import Held
from qctl.engine.crew import Crew
from qctl.engine.heartbeat import Heartbeat
from qctl.engine.identity import identify
from qctl.engine.intake import Intake
from qctl.engine.journal import Journal, Level
from qctl.engine.lease import Lease
from qctl.engine.line import Line
from qctl.engine.outbox import Outbox
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.processes.pool import Pool
from qctl.engine.processes.table import Stop
from qctl.engine.reclaim import Reclaim
from qctl.engine.settle import Verb
from qctl.engine.shutdown import Shutdown
from qctl.engine.station import Station
from qctl.model.call import Kind
from qctl.model.task import Task
from qctl.store import Command, Reading, open_store, parse_address
from qctl.store.values import Claim
from tests.support import eventually
from tests.support.store_seed import submit

LEASE = 10.0


class StoppedSlots:
    """In the place of `Pool`: slots that have taken what was sent, and have neither begun nor declined it yet."""

    def __init__(self) -> None:
        self.taken: list[Frame] = []
        self.stopped: list[str] = []  #: ids of those that are told to end when they begin
        self.declined = False  #: what they had can be read back

    def dispatch(self, frames: Sequence[Frame], together: int = 1) -> int:
        del together
        self.taken += frames
        return len(frames)

    def read_back(self) -> list[Frame]:
        if not self.declined:
            return []
        frames, self.taken = self.taken, []
        return frames

    def stop(self, id: str, fence: int, stop: Stop) -> None:  # noqa: A002 - as of Pool
        del fence, stop
        self.stopped.append(id)


class Hands:
    """It has no process that could begin a job."""

    def __init__(self, url: str, namespace: str, *, embedded: bool = False) -> None:
        self.store = open_store(url, namespace)
        self._turn = 1
        self.read = Reading(self.store)
        self.now = clock.monotonic()
        self.selector = selectors.DefaultSelector()
        line = Line(parse_address(url), self.selector, Random(1))
        line.run_once(0.0)
        self.station = Station(
            identity=identify("w"),
            config=Config(),
            verbs=self.store.verbs,
            line=line,
            journal=Journal(2, level=Level.ERROR),
            lease=Lease(LEASE, self.now),
            shutdown=Shutdown(1.0),
            dice=Random(1),
            embedded=embedded,
            clock=lambda: self.now,
        )
        self.outbox = Outbox()
        self.durations = Durations()
        self.crew = Crew(self.station, 1, _no_plan, self.selector, lambda *_: [], self.durations)
        self.intake = Intake(self.station, self.crew, self.outbox, Backlog(1, self.durations))
        self.heartbeat = Heartbeat(self.station, self.intake.stop)
        self.reclaim = Reclaim(self.station)
        self.heartbeat.on_peers = self.reclaim.heard
        self.store.do(self.store.verbs.register(self.station.worker, {}))

    def claim(self) -> Claim:
        """Take a job that waits for a slot."""
        submit(self.store, "one")
        (claim,) = self.store.do(self.store.verbs.claim(self.station.worker, 1, 1)).claims
        assert self.station.claims.take(Held(claim, self.station.worker, None, self.now))
        return claim

    def send(self) -> StoppedSlots:
        """Send what waits to slots that are stopped just then."""
        slots = StoppedSlots()
        self.crew._pools, self.crew.ready = {0: cast(Pool, slots)}, True
        self.crew.dispatch()
        return slots

    def claim_short_work(self, jobs: int) -> None:
        """Have as many jobs in hand of a task known to be short, and no slot that begins one: it runs something."""
        submit(self.store, *(f"s{number:02}" for number in range(jobs)))
        self.durations.note("tidy", 0.0001)
        self.station.claims.begun[("before", 1)] = Held(
            Claim("before", 1, 1, "tidy", "default", 0, 0, 0, 0, b"{}"), self.station.worker, None, self.now
        )
        self.station.config = Config(tasks={"tidy": Task(name="tidy", kind=Kind.CALL, call="jobs:noop")})
        self.station.lease.begin(self.now)
        self.intake.accept(self.claim_next(jobs), self.now)
        assert self.station.claims.stock == jobs

    def claim_next(self, most: int) -> tuple[Claim, ...]:
        """Claim the next jobs of the store, and take none of them into the hands."""
        self._turn += 1
        return self.store.do(self.store.verbs.claim(self.station.worker, self._turn, most)).claims

    def room_for_jobs_of(self, seconds: float) -> int:
        """How many jobs of such a length it would hold for its only slot, which runs one of them."""
        durations = Durations()
        durations.note("tidy", seconds)
        backlog = Backlog(1, durations)
        backlog.surplus(["tidy"], 1, self.now)
        return backlog.room(0, 0, [("tidy", self.now)], self.now)

    def beat(self) -> None:
        """Send a heartbeat, and do what the answer says."""
        self.pass_time(0.001)
        self.station.lease.begin(self.now)
        self.heartbeat.run_once(self.now)
        self.hear()

    def hear(self) -> None:
        """Hear the answers to all that was said so far, and to what these led to."""
        while not self._said_all():
            pass

    def _said_all(self) -> bool:
        heard: list[object] = []
        busy = self.station.line.busy
        self.station.ask(Command(("ECHO", "x"), bytes), heard.append, self.now)

        def answered() -> bool:
            for _ in self.selector.select(0.1):
                self.station.line.ready(self.now)
            return bool(heard)

        eventually(answered)
        return not busy

    def pass_time(self, seconds: float) -> None:
        """Let time pass for this worker alone."""
        self.now += seconds

    def tell(self) -> list[Verb]:
        """Settle what is to be settled. Answers how."""
        batch = self.outbox.next_batch()
        if batch is None:
            return []
        self.store.do_all(batch.commands(self.store.verbs))
        return [verb for verb, group in batch.groups for _ in group]

    def close(self) -> None:
        self.station.line.close()
        self.selector.close()
        self.store.close()


def _no_plan(config: Config) -> PoolPlan:
    raise AssertionError(f"no pool is started over {config.file}")
