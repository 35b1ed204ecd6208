"""A model of one Redis primary: what a job, a schedule and an idle worker cost it, and how many of them it carries.

A job is submitted, claimed and completed through the real verbs, in batches as workers send them. Its payload is an
argument and a result of so many bytes each, of text that packs as badly as most does.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from typing import NamedTuple

import redis

from qctl.model.attempt import Value, ValueKind
from qctl.model.call import Call
from qctl.model.names import new_id
from qctl.model.submission import Submission
from qctl.store import EVERY, Store, open_store
from qctl.store.values import Claim
from tests.bench.scale.gauge import Gauge, as_people_run_it
from tests.support.store_seed import SeedWorker, settled

SIZES = (0, 1024, 10_240)
TURNS = (1, 4, 16, 64)
JOBS = 4_000
BATCH = 64
#: Of a core, that a primary may use for long: the rest is for saving, peaks and people.
USABLE = 0.7


class Row(NamedTuple):
    """What jobs with this payload cost."""

    payload: int
    cpu_us: float  #: of Redis, from submit to end
    single_us: float  #: the same, submitted one at a time
    queued: float  #: bytes
    running: float
    ended: float


def a_row(payload: int, jobs: int = JOBS) -> Row:
    """Measure on a server of its own."""
    server = as_people_run_it()
    store = open_store(server.url, "model", timeout=60.0)
    try:
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            gauge, worker = Gauge(client), SeedWorker(store).register()
            drain(store, worker, some_jobs(500, payload), payload, at_once=100)  # all scripts are known
            single = _drained(gauge, store, worker, some_jobs(jobs // 5, payload), payload, at_once=1)
            bulk = _drained(gauge, store, worker, some_jobs(jobs, payload), payload, at_once=100)
            queued, running = _live_bytes(gauge, store, worker, payload, jobs)
            before = gauge.kept()
            drain(store, worker, some_jobs(jobs, payload), payload, at_once=100)
            return Row(payload, bulk, single, queued, running, (gauge.kept() - before) / jobs)
    finally:
        store.close()
        server.remove()


def some_jobs(count: int, payload: int) -> list[Submission]:
    dice = random.Random(count)
    letters = string.ascii_letters + string.digits + " \n,:"
    found = []
    for _ in range(count):
        params = {"text": "".join(dice.choices(letters, k=payload))} if payload else {}
        body = Call(task="work", params=params, by="ana@db1", file="/etc/qctl/tasks.toml", line=12).encode()
        found.append(Submission(id=new_id(), task="work", body=body))
    return found


def _drained(
    gauge: Gauge, store: Store, worker: SeedWorker, jobs: list[Submission], payload: int, at_once: int
) -> float:
    """Microseconds of Redis for each job."""
    gauge.begin()
    drain(store, worker, jobs, payload, at_once)
    return gauge.end().cpu_s / len(jobs) * 1e6


def drain(store: Store, worker: SeedWorker, jobs: list[Submission], payload: int, at_once: int) -> None:
    _submit(store, jobs, at_once)
    value = Value(ValueKind.JSON, b'"' + b"x" * payload + b'"')
    while claims := worker.claim(BATCH):
        store.do(store.verbs.complete(worker.id, [settled(claim, value=value) for claim in claims]))


def _submit(store: Store, jobs: list[Submission], at_once: int) -> None:
    commands = [store.verbs.submit(jobs[first : first + at_once]) for first in range(0, len(jobs), at_once)]
    for first in range(0, len(commands), 10):
        store.do_all(commands[first : first + 10])


def _live_bytes(gauge: Gauge, store: Store, worker: SeedWorker, payload: int, jobs: int) -> tuple[float, float]:
    """Of a queued job, and of one that runs; both are ended at last."""
    count, before = jobs // 5, gauge.kept()
    _submit(store, some_jobs(count, payload), 100)
    queued = gauge.kept() - before
    held = [claim for _ in range(0, count, BATCH) for claim in worker.claim(BATCH)]
    running = gauge.kept() - before
    for first in range(0, count, BATCH):
        store.do(store.verbs.complete(worker.id, [settled(claim) for claim in held[first : first + BATCH]]))
    return queued / count, running / count


def by_turn(jobs: int = 2000) -> dict[int, float]:
    """By how many jobs a worker ends and claims in one turn, what Redis does for a job that was submitted alone."""
    server, found = as_people_run_it(), {}
    store = open_store(server.url, "model", timeout=60.0)
    try:
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            gauge, worker = Gauge(client), SeedWorker(store).register()
            drain(store, worker, some_jobs(500, 0), 0, at_once=1)
            for size in TURNS:
                gauge.begin()
                _submit(store, some_jobs(jobs, 0), at_once=1)
                claims = worker.claim(size)
                while claims:
                    claims = _turn(store, worker, claims, size)
                found[size] = gauge.end().cpu_s / jobs * 1e6
    finally:
        store.close()
        server.remove()
    return found


def _turn(store: Store, worker: SeedWorker, claims: list[Claim], size: int) -> list[Claim]:
    """Settle, and claim anew, in one round trip."""
    worker.turn += 1
    verbs = store.verbs
    commands = [
        verbs.complete(worker.id, [settled(claim) for claim in claims]),
        verbs.claim(worker.id, worker.turn, size, EVERY),
    ]
    claimed = store.do_all(commands)[1]
    return list(claimed.claims)


class Fit(NamedTuple):
    """`fixed + per_kb * KB`, by least squares."""

    fixed: float
    per_kb: float

    def at(self, kb: float) -> float:
        """What it says of so many KB."""
        return self.fixed + self.per_kb * kb


def fitted(points: list[tuple[float, float]]) -> Fit:
    """The line that is nearest to points of KB and what they cost."""
    count = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return Fit(mean_y - slope * mean_x, slope)


class Costs(NamedTuple):
    """What a job costs a primary."""

    rows: list[Row]
    turns: dict[int, float]  #: us of a job that was submitted alone, by how many its worker has in a turn

    def fit(self, field: str) -> Fit:
        """The line through one column of the rows, by KB."""
        return fitted([(row.payload / 1024, getattr(row, field)) for row in self.rows])

    def facts(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The table, and the model that is fitted to it."""
        yield (
            "one job, by the size of its argument and of its result",
            {
                f"{row.payload / 1024:g} KB": f"Redis {row.cpu_us:.0f} us ({row.single_us:.0f} submitted alone); "
                f"bytes {row.queued:,.0f} queued, {row.running:,.0f} running, {row.ended:,.0f} ended"
                for row in self.rows
            },
        )
        yield (
            "one job without payload, submitted alone, by how many its worker has in a turn",
            {
                f"{size} in a turn": f"Redis {us:.0f} us: {jobs_per_second(us):,.0f} jobs/s at 70 % of a core"
                for size, us in self.turns.items()
            },
        )
        cpu, queued, ended = self.fit("cpu_us"), self.fit("queued"), self.fit("ended")
        rates = [f"{row.payload / 1024:g} KB: {jobs_per_second(cpu.at(row.payload / 1024)):,.0f}" for row in self.rows]
        yield (
            "the model",
            {
                "Redis per job": f"{cpu.fixed:.0f} us + {cpu.per_kb:.1f} us per KB",
                "bytes of a queued job": f"{queued.fixed:,.0f} + {queued.per_kb:,.0f} per KB",
                "bytes of an ended job": f"{ended.fixed:,.0f} + {ended.per_kb:,.0f} per KB",
                "jobs/s of a primary at 70 % of a core": ", ".join(rates),
            },
        )


def jobs_per_second(us: float, workers: int = 0, percent: float = 0.0) -> float:
    """What a primary carries of jobs that cost so much, beside workers that each take so much of a core."""
    return max(0.0, USABLE - workers * percent / 100) / us * 1e6


def measure() -> Costs:
    """All of it."""
    return Costs([a_row(size) for size in SIZES], by_turn())
