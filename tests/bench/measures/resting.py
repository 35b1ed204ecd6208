"""What a worker costs while it has nothing to do: its memory, and of qctl's, with a beat, the processor's time."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from tests.bench.figures import Bar, Better, Figure
from tests.bench.measures.measure import Contestant, Effort, Field, Measure, Sample
from tests.bench.peers import QUEUE_PEERS
from tests.bench.peers.peer import Peer, Variant
from tests.bench.processes import exact_cpu_seconds, memory_mb
from tests.bench.stand import Place, Stand

_WARM: Final = 200  #: jobs before it rests
_REST: Final = 1.5  #: seconds after them


class Memory(Measure):
    """Of the tree of a worker whose two slots are processes."""

    name = "memory"
    figures = (
        Figure(
            "memory",
            "memory of the worker's tree at 2 slots (PSS)",
            "MB",
            Better.LESS,
            (Bar(1.0, QUEUE_PEERS, "the leanest peer of several processes"),),
        ),
    )

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return [_Resting(each, field.stand) for each in field.everybody if any(way.processes for way in each.variants)]


class Idle(Measure):
    """Of a worker and a beat, with a schedule that is not due."""

    name = "idle"
    figures = (Figure("idle", "idle worker and beat together", "% of a core", Better.LESS, (Bar(limit=0.5),)),)

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return [_Idle(field.us, field.stand)]


class _Resting(Contestant):
    def __init__(self, peer: Peer, stand: Stand) -> None:
        self.name, self.ways = peer.name, [way for way in peer.variants if way.processes]
        self._peer, self._stand = peer, stand

    def sample(self, way: Variant, effort: Effort) -> Sample:
        with self._stand.place(self._peer) as place, place.worker(way) as worker:
            _work_and_rest(place, way)
            return {"memory": memory_mb(worker)}


class _Idle(Contestant):
    def __init__(self, us: Peer, stand: Stand) -> None:
        self.name = us.name
        self.ways = [replace(way, label=f"{way.label} -B", words=(*way.words, "-B")) for way in us.variants]
        self._peer, self._stand = us, stand

    def sample(self, way: Variant, effort: Effort) -> Sample:
        with self._stand.place(self._peer) as place, place.worker(way) as worker:
            _work_and_rest(place, way)
            before, began = exact_cpu_seconds(worker), time.monotonic()
            time.sleep(effort.idle)
            used = exact_cpu_seconds(worker) - before
            return {"idle": used / (time.monotonic() - began) * 100}


def _work_and_rest(place: Place, way: Variant) -> None:
    place.drive("fill", "noop", _WARM, variables=way.variables)
    place.until(place.peer.counting("noop"), _WARM, _WARM)
    time.sleep(_REST)
