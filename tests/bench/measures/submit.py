"""Submitting from a program that keeps its connection: job after job, and many at once. No worker runs meanwhile."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from tests.bench.figures import Bar, Better, Figure
from tests.bench.measures.measure import Contestant, Effort, Field, Measure, Sample
from tests.bench.peers import QUEUE_PEERS
from tests.bench.peers.peer import Peer, Variant
from tests.bench.stand import Stand

_AT_ONCE: Final = 5_000
_FASTEST: Final = "the fastest peer"


class SubmitOne(Measure):
    """One after the other, each accepted before the next."""

    name = "submit"
    figures = (Figure("submit", "submit, one at a time", "jobs/s", Better.MORE, (Bar(2.0, QUEUE_PEERS, _FASTEST),)),)

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return [_Submitter(peer, field.stand, "submit") for peer in (*field.everybody, field.bare)]


class SubmitBulk(Measure):
    """Five thousand at once."""

    name = "submit-bulk"
    figures = (
        Figure("submit-bulk", "submit, 5,000 at once", "jobs/s", Better.MORE, (Bar(4.0, QUEUE_PEERS, _FASTEST),)),
    )

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        return [_Submitter(peer, field.stand, "submit-bulk") for peer in field.everybody]


class _Submitter(Contestant):
    def __init__(self, peer: Peer, stand: Stand, figure: str) -> None:
        self.name = peer.name
        self._peer, self._stand, self._figure = peer, stand, figure
        if figure == "submit-bulk":
            self.ways = peer.bulk

    def sample(self, way: Variant, effort: Effort) -> Sample:
        with self._stand.place(self._peer) as place:
            if self._figure == "submit":
                said = place.drive("one", "noop", effort.submitting)
            else:
                said = place.drive("bulk", "noop", effort.submitting, _AT_ONCE, variables=way.variables)
        return {self._figure: float(said["rate"])}
