"""Drains: a queue that is full, a worker with two slots, results kept.

Time runs until all have ended, from when a tenth has, and half a second has passed since the first one, or half have
ended: nobody's start counts, nor does a second process that comes later than the first. A slow peer gets as many jobs
as it does in a few seconds: rates are compared.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from tests.bench.figures import Bar, Better, Figure
from tests.bench.measures.measure import Contestant, Effort, Field, Measure, Sample, Sized, is_us
from tests.bench.peers import PYTHON_PEERS, QUEUE_PEERS
from tests.bench.peers.peer import Counting, Peer, Variant
from tests.bench.processes import cpu_seconds
from tests.bench.stand import Place, Stand

_FEWEST: Final = 500
_RUN_UP: Final = 0.5  #: seconds
_POLL: Final = 0.005
_MORE: Final = 4  #: times as many, where there were too few to be timed
_CPU_TITLE: Final = "processor time per no-op job"


class Drain(Measure):
    """No-op Python jobs."""

    name = "drain"
    kind = "noop"
    figures: Sequence[Figure] = (
        Figure(
            "drain",
            "drain of no-op Python jobs, 2 slots",
            "jobs/s",
            Better.MORE,
            (
                Bar(4.0, PYTHON_PEERS, "the fastest Python peer"),
                Bar(25.0, ("celery",)),
                Bar(1.2, ("bullmq",)),
            ),
        ),
        Figure("cpu", f"{_CPU_TITLE}: worker", "us", Better.LESS, (Bar(0.25, ("celery",)),)),
        Figure("cpu-all", f"{_CPU_TITLE}: worker and Redis", "us", Better.LESS, (Bar(0.25, ("celery",)),)),
    )

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return [_Drainer(peer, field.stand, self.kind, self.figures) for peer in field.everybody]


class Payload(Drain):
    """Jobs with an argument and a result of 1,000 bytes each."""

    name = "payload"
    kind = "echo"
    figures = (
        Figure(
            "payload",
            "drain with 1 KB of arguments and of results, 2 slots",
            "jobs/s",
            Better.MORE,
            (Bar(3.0, QUEUE_PEERS, "the fastest peer"),),
        ),
    )


class _Drainer(Sized):
    def __init__(self, peer: Peer, stand: Stand, kind: str, figures: Sequence[Figure]) -> None:
        self.name, self.ways = peer.name, peer.variants
        self._peer, self._stand, self._kind = peer, stand, kind
        self._figures = [figure.name for figure in figures]
        self._rates: dict[str, float] = {}  #: by way, when it was seen last

    def expect(self, way: Variant, value: float) -> None:
        self._rates[way.label] = value

    def sample(self, way: Variant, effort: Effort) -> Sample:
        count = self._count(way, effort)
        counting = self._peer.counting(self._kind)
        with self._stand.place(self._peer) as place:
            place.drive("fill", self._kind, count, variables=way.variables)
            with place.worker(way) as worker:
                first = _under_way(place, counting, count)
                began, worked, served = time.perf_counter(), cpu_seconds(worker), place.line.cpu_seconds()
                place.until(counting, count, count)
                took = time.perf_counter() - began
                worked, served = cpu_seconds(worker) - worked, place.line.cpu_seconds() - served
        jobs = count - first
        if not jobs and not is_us(self):  # all had ended before anybody looked twice
            self.expect(way, _MORE * count / effort.seconds)
            return self.sample(way, effort)
        self.expect(way, jobs / took)
        found = (jobs / took, worked / jobs * 1e6, (worked + served) / jobs * 1e6)
        return dict(zip(self._figures, found, strict=False))

    def _count(self, way: Variant, effort: Effort) -> int:
        if is_us(self):
            return effort.jobs
        known = self._rates.get(way.label)
        if known is None:
            return _FEWEST
        return min(effort.jobs, max(_FEWEST, int(known * effort.seconds)))


def _under_way(place: Place, counting: Counting, count: int) -> int:
    """Wait until all of a worker's processes are at work, and answer how many of `count` jobs have ended."""
    place.until(counting, count, 1)
    until = time.perf_counter() + _RUN_UP
    done = place.until(counting, count, count // 10)
    while done < count // 2 and time.perf_counter() < until:
        time.sleep(_POLL)
        done = place.ended(counting, count)
    return done
