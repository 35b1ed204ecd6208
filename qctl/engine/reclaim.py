"""Gives back the jobs of workers that died: any worker may do it for any other.

A worker is dead when its heartbeat counter stood still for one whole lease, ours or its own, whichever is longer, on
our own monotonic clock while Redis answered us: that covers restarts of Redis, failovers and clock jumps. One of this
host whose process is gone is dead at once.
"""

from __future__ import annotations

import math

from qctl.classes import dataclass
from qctl.engine.identity import is_gone
from qctl.engine.unheard import unheard
from qctl.errors import QctlError, TryAgain
from qctl.model.attempt import Attempt
from qctl.model.rules import MAX_LOSSES, losses_of
from qctl.model.state import Outcome, Reason
from qctl.store import Command
from qctl.store.abouts import about_in
from qctl.store.refusals import is_of_its_own
from qctl.store.values import Reclaimed, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.engine.station import Station
    from qctl.store.values import Beat, Orphan

NEARBY_CHECK: Final = 1.0  #: seconds between two looks at the processes of this host
BATCH: Final = 100
REMEMBERED: Final = 1000  #: workers
NAMED: Final = 5  #: jobs in a line of the log


@dataclass(slots=True)
class Peer:
    """Another worker, as far as it was seen."""

    beat: int
    since: float  #: since when its counter stands still
    under_way: bool = False
    told: bool = False  #: the log says already that it is dead


class Reclaim:
    """Watches the other workers, and judges the jobs of the dead ones."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._peers: dict[str, Peer] = {}
        self._abouts: dict[str, Mapping[str, Any]] = {}  #: what workers say of themselves, that a heartbeat has told of
        self._heard_at = -math.inf
        self._look_at = math.inf

    def heard(self, beat: Beat, now: float) -> None:
        """A heartbeat was answered: the counters of the others. A silence of Redis before it counts for nobody."""
        length = self._station.lease.length
        silent = now - self._heard_at > length / 2
        self._heard_at = now
        known = self._peers
        self._peers = {}
        for worker, count in beat.peers.items():
            peer = known.get(worker) or Peer(count, now)
            if silent or peer.beat != count:
                peer.beat, peer.since = count, now
            self._peers[worker] = peer
        self._get_to_know([worker for worker in self._peers if worker not in self._abouts], now)
        self._look_at = now if self._peers else math.inf

    def next_due(self) -> float:
        return self._look_at if self._station.line.up else math.inf

    def run_once(self, now: float) -> None:
        """Look which of the others are dead."""
        identity = self._station.identity
        nearby = any(self._about(worker).get("host") == identity.host for worker in self._peers)
        self._look_at = now + NEARBY_CHECK if nearby else math.inf
        if not self._station.lease.trusted(now):
            return
        for worker, peer in self._peers.items():
            still = now - peer.since >= self._lease_of(worker)
            if not peer.under_way and (still or is_gone(self._about(worker), identity)):
                self._judge(worker, peer, now)

    def _lease_of(self, worker: str) -> float:
        """Seconds for which a worker may be silent: its own lease, or ours if that is longer.

        By one shorter than ours nobody is judged: how long Redis was silent is not known any better.
        """
        length, declared = self._station.lease.length, self._about(worker).get("lease")
        return length if declared is None else max(length, float(declared))

    def _tell(self, worker: str, peer: Peer) -> None:
        """Say once that a worker is dead, however often it has to be judged. Nothing of one that has left in order."""
        if not peer.told:
            self._station.journal.warning("reclaim", f"worker {worker} is dead; its jobs are given to others")
        peer.told = True

    def _about(self, worker: str) -> Mapping[str, Any]:
        return self._abouts.get(worker, {})

    def _get_to_know(self, workers: Sequence[str], now: float) -> None:
        """Ask once for where workers are, which stays: of many, a heartbeat tells of others each time."""

        def told(abouts: list[Any]) -> None:
            rows = zip(workers, abouts, strict=True)
            # What cannot be read will not be either at the next heartbeat; what Redis cannot tell just now will.
            known = {worker: _sound(about) for worker, about in rows if not isinstance(about, TryAgain)}
            kept = dict(list(self._abouts.items())[-REMEMBERED:])
            self._abouts = {**kept, **known}
            self._look_at = now

        if workers:
            keys = self._station.verbs.keys
            commands: list[Command[Any]] = [
                Command(("HGET", keys.worker(worker), "about"), about_in) for worker in workers
            ]
            self._station.line.ask(commands, told, unheard, now)

    def _judge(
        self, worker: str, peer: Peer, now: float, batch: tuple[Orphan, ...] = (), left_out: tuple[str, ...] = ()
    ) -> None:
        """Give back a batch of a worker's jobs, and ask for the next one. Those that were refused are left out."""
        verdicts = [self._verdict(orphan, worker, now) for orphan in batch]
        peer.under_way = True

        def answered(answers: list[Any]) -> None:
            peer.under_way = False
            if isinstance(answers[0], Reclaimed):
                refused = set(answers[0].refused)
                self._tell_verdicts([pair for pair in zip(batch, verdicts, strict=True) if pair[0].id not in refused])
                self._answered(answers[0], worker, peer, left_out, now)
            elif is_of_its_own(answers[0]):
                self._refused(answers[0], worker, (*left_out, *[orphan.id for orphan in batch]))

        def lost() -> None:
            peer.under_way = False

        command = self._station.verbs.reclaim(worker, peer.beat, verdicts, BATCH, left_out)
        if not self._station.line.ask([command], answered, lost, now):
            peer.under_way = False

    def _answered(self, reclaimed: Reclaimed, worker: str, peer: Peer, left_out: tuple[str, ...], now: float) -> None:
        if reclaimed.status == "ALIVE":
            peer.since = now
            # One whose process is gone has given a sign of life that we have not seen: look at its counter again.
            self._station.lease.hurry(-math.inf)
            return
        if reclaimed.status == "OK":  # and not GONE: it has left since we heard of it, or another has seen to it
            self._tell(worker, peer)
        if reclaimed.batch or reclaimed.refused:
            self._judge(worker, peer, now, reclaimed.batch, (*left_out, *reclaimed.refused))
        elif left_out:
            self._judge(worker, peer, now)  # once more from the first one: where none can be given back, Redis says why
        else:
            self._peers.pop(worker, None)

    def _refused(self, refusal: QctlError, worker: str, left: tuple[str, ...]) -> None:
        """Nothing is left but what Redis refuses for what stands there: that is tried again at the next look."""
        jobs = ", ".join(left[:NAMED]) or "what is left"
        said = f"{jobs} of worker {worker} cannot be given back, which is tried again until it can: {refusal}"
        self._station.journal.trouble("refused", said)

    def _verdict(self, orphan: Orphan, worker: str, now: float) -> Verdict:
        task = self._station.task(orphan.task)
        losses = orphan.losses + 1
        # Whoever declares less holds: the one that had the job may know of a task that this worker does not have.
        budgets = (orphan.most_losses, losses_of(task) if task else None)
        lost = losses >= min((most for most in budgets if most is not None), default=MAX_LOSSES)
        attempt = Attempt(
            number=orphan.attempt,
            worker=str(self._about(worker).get("label", "?")),
            started_ms=orphan.started_ms,
            ended_ms=max(orphan.started_ms, self._station.time.at(now)),
            outcome=Outcome.LOST,
            reason=Reason.WORKER_LOST,
            error_type=Reason.WORKER_LOST,
            error_message="the worker died while it had the job",
        )
        return Verdict(orphan.id, orphan.fence, lost, attempt.encode())

    def _tell_verdicts(self, judged: Sequence[tuple[Orphan, Verdict]]) -> None:
        """Say what has become of jobs."""
        for orphan, verdict in judged:
            said = f"{orphan.task} {orphan.id} {'ends as lost' if verdict.lost else 'is queued again'}"
            self._station.journal.warning("reclaim", said, job=orphan.id, losses=orphan.losses + 1)


def _sound(about: Any) -> Mapping[str, Any]:
    return {} if isinstance(about, QctlError) else about
