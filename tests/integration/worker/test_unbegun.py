"""Jobs in the worker's hands that no slot has taken: what a cancel, a loss and a silent Redis make of them."""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from random import Random

import pytest

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
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.settle import Verb
from qctl.engine.shutdown import Shutdown
from qctl.engine.station import Station
from qctl.model.state import Outcome, State
from qctl.store import Reading, open_store, parse_address
from qctl.store.values import Claim, Settlement
from tests.support import eventually
from tests.support.store_seed import submit


class Hands:
    """The parts of a worker that hold claims. It has no process that could begin one."""

    def __init__(self, url: str, namespace: str, *, embedded: bool) -> None:
        self.store = open_store(url, namespace)
        self.read = Reading(self.store)
        self.selector = selectors.DefaultSelector()
        line = Line(parse_address(url), self.selector, Random(1))
        line.run_once(0.0)
        self.station = Station(
            identity=identify("w"),
            config=Config(),
            verbs=self.store.verbs,
            line=line,
            journal=Journal(2, level=Level.ERROR),
            lease=Lease(10.0, clock.monotonic()),
            shutdown=Shutdown(1.0),
            dice=Random(1),
            embedded=embedded,
        )
        self.outbox = Outbox()
        crew = Crew(self.station, 1, _no_plan, self.selector, lambda *_: None)
        self.intake = Intake(self.station, crew, self.outbox, Backlog(1, Durations()))
        self.heartbeat = Heartbeat(self.station, self.intake.stop)
        self.store.do(self.store.verbs.register(self.station.worker, {}))

    def claim(self) -> Claim:
        """Take a job that waits for a slot."""
        submit(self.store, "one")
        (claim,) = self.store.do(self.store.verbs.claim(self.station.worker, 1, 1)).claims
        assert self.station.claims.take(Held(claim, self.station.worker, None, clock.monotonic()))
        return claim

    def beat(self) -> None:
        """Send a heartbeat, and do what the answer says."""
        now = clock.monotonic()
        self.station.lease.begin(now)
        self.heartbeat.run_once(now)

        def answered() -> bool:
            for _ in self.selector.select(0.1):
                self.station.line.ready(now)
            return self.station.lease.trusted(now)

        eventually(answered)

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
