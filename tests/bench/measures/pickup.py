"""Pick-up latency: a worker has nothing to do, one job is submitted, and its task looks at the clock at once."""

from __future__ import annotations

from contextlib import ExitStack

from tests.bench.figures import Bar, Better, Figure
from tests.bench.measures.measure import Contestant, Effort, Field, Measure, Sample
from tests.bench.peers import QUEUE_PEERS
from tests.bench.peers.peer import Peer, Variant
from tests.bench.stand import Stand


class Pickup(Measure):
    """From the call that submits to the first line of the task."""

    name = "pickup"
    figures = (
        Figure(
            "pickup-p50",
            "pick-up of a job by an idle worker, p50",
            "us",
            Better.LESS,
            (Bar(0.5, QUEUE_PEERS, "the fastest peer"),),
        ),
        Figure(
            "pickup-p99",
            "pick-up of a job by an idle worker, p99",
            "us",
            Better.LESS,
            (Bar(1.0, QUEUE_PEERS, "the fastest peer"),),
        ),
    )

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return [_Waiting(peer, field.stand) for peer in (*field.everybody, field.bare)]


class _Waiting(Contestant):
    def __init__(self, peer: Peer, stand: Stand) -> None:
        self.name, self.ways = peer.name, peer.variants
        self._peer, self._stand = peer, stand

    def sample(self, way: Variant, effort: Effort) -> Sample:
        with self._stand.place(self._peer) as place, place.worker(way):
            said = place.drive("pickups", effort.pickups, variables=way.variables)
        found = sorted(map(float, said["microseconds"]))
        return {"pickup-p50": found[len(found) // 2], "pickup-p99": found[int(len(found) * 0.99)]}
