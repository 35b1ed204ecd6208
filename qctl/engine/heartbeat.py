"""Renews the worker's lease, and does what the answer asks for.

Each answer is compared with the ledger: what the store believes to be here and is not, is given back; what is here
and is not ours any more, is stopped unless its task says otherwise. Orders to cancel and commands come the same way.
"""

from __future__ import annotations

import math

from qctl.engine.claims import Comparison, Stage
from qctl.engine.processes.table import Stop, Why
from qctl.engine.unheard import unheard
from qctl.store.values import Beat, Settlement, Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.engine.claims import Held
    from qctl.engine.limits import Key
    from qctl.engine.station import Station
    from qctl.store.values import Order

REFUSED: Final = 1.0  #: seconds until a heartbeat that Redis refused is sent again
PEERS: Final = 100  #: other workers of which a heartbeat tells
EARLIEST: Final = 0.8  #: part of the time between two: those that Redis has met all at once do not stay together


class Heartbeat:
    """Keeps this worker's lease, and says when it may no longer be trusted."""

    def __init__(self, station: Station, stop: Callable[[Held, Stop], None]) -> None:
        self._station = station
        self._stop = stop
        self._comparison = Comparison()
        self._obeyed: dict[Key, Order] = {}
        self._under_way = False
        self._trusting = False
        self._silent = False  #: it was said that nothing is begun
        self.on_standing: Callable[[Standing, str], None] = unheard
        self.on_peers: Callable[[Beat, float], None] = unheard
        self.on_trust: Callable[[], None] = unheard
        self.on_stranger: Callable[[], None] = unheard  #: the answer to a claim may say what it is
        self.on_forgotten: Callable[[], None] = unheard

    def next_due(self) -> float:
        lease = self._station.lease
        ends = lease.ends if self._trusting else math.inf
        return min(ends, math.inf if self._under_way or not self._station.line.up else lease.next_due())

    def run_once(self, now: float) -> None:
        """Send a heartbeat if one is due; notice when trust has ended."""
        station = self._station
        if self._trusting and not station.lease.trusted(now):
            self._lose_trust()
        if self._under_way or now < station.lease.next_due():
            return
        worker = station.worker

        def answered(answers: list[object]) -> None:
            self._under_way = False
            beat = answers[0]
            if isinstance(beat, Beat):
                self._answered(beat, worker, now)
            else:
                station.journal.trouble("redis", str(beat))
                station.lease.hurry(now + REFUSED)

        sent = station.line.ask([station.verbs.heartbeat(worker, PEERS)], answered, self._lost, now)
        if sent:
            self._under_way = True
            station.lease.sent(now, station.dice.uniform(EARLIEST, 1.0))

    def _lost(self) -> None:
        self._under_way = False
        self._station.lease.hurry(-math.inf)

    def _answered(self, beat: Beat, worker: str, sent: float) -> None:
        station = self._station
        if worker != station.worker:
            return
        if beat.standing is not Standing.OK:
            self.on_standing(beat.standing, worker)
            return
        station.lease.renewed(sent)
        station.time.heard(beat.now_ms, station.clock(), sent)
        self._compare(beat, sent)
        for id_, order in beat.orders.items():
            self._obey(id_, order)
        now = station.clock()
        station.shutdown.commanded(beat.command)
        station.others = beat.others
        self.on_peers(beat, now)
        if beat.forgotten:
            self.on_forgotten()
        if not self._trusting and station.lease.trusted(now):
            self._trusting = True
            self._break_silence()
            self.on_trust()

    def _compare(self, beat: Beat, now: float) -> None:
        station = self._station
        difference = self._comparison.compare(beat.owned, station.claims, now)
        if difference.strangers:
            ids = " ".join(id_ for id_, _ in difference.strangers)
            station.journal.warning("release", f"given back, because nobody here has them: {ids}")
            released = [Settlement(id=id_, fence=fence) for id_, fence in difference.strangers]
            station.tell([station.verbs.release(station.worker, released)], now)
        if difference.undecided:
            station.lease.hurry(now + 1.05)
            self.on_stranger()
        for held in difference.lost:
            self.lose(held)

    def _obey(self, id_: str, order: Order) -> None:
        """Stop a job that somebody cancelled. The same order again is not obeyed twice; a sharper one is."""
        key = (id_, order.fence)
        held = self._station.claims.get(key)
        if held is None or held.stage is Stage.OVER or self._obeyed.get(key) == order:
            return
        self._obeyed = {known: said for known, said in self._obeyed.items() if known in self._station.claims}
        self._obeyed[key] = order
        task = held.task
        number = order.signal if order.signal is not None else (task.stop_signal if task else 15)
        grace = order.grace if order.grace is not None else (task.grace if task else 10.0)
        self._station.journal.info("cancel", f"cancelling {held.claim.task} {id_}", job=id_, by=order.by or None)
        self._stop(held, Stop.terminate(number, grace, Why.CANCELLED))

    def lose(self, held: Held) -> None:
        """A job is not ours any more: somebody else may be running it by now."""
        if held.lost:
            return
        held.lost = True
        id_, goes_on = held.claim.id, self._goes_on(held)
        begun = held.stage >= Stage.BEGUN
        how = "is not begun" if not begun else "goes on (on_lost_lease)" if goes_on else "is stopped"
        self._station.journal.warning("lost", f"{held.claim.task} {id_} is not ours any more and {how}", job=id_)
        if not (begun and goes_on):
            self._stop(held, Stop.kill(Why.RELEASED))

    def _lose_trust(self) -> None:
        """Redis was silent for too long: others may be running our jobs, and nothing new may be claimed."""
        self._trusting = False
        station = self._station
        silent = station.lease.silent(station.clock())
        station.journal.error(
            "silence",
            f"no heartbeat was answered for {silent:.0f} s: the lease may be over, and nothing is begun until one is",
        )
        self._silent = True
        station.lease.hurry(-math.inf)
        for held in list(station.claims):
            if held.stage is not Stage.OVER and not self._goes_on(held):
                self._stop(held, Stop.kill(Why.RELEASED))

    def _break_silence(self) -> None:
        if self._silent:
            self._silent = False
            self._station.journal.info("heard", "a heartbeat is answered again: jobs are begun again")

    def _goes_on(self, held: Held) -> bool:
        chosen = held.task.on_lost_lease if held.task else None
        return self._station.embedded if chosen is None else chosen == "continue"

    def restart(self) -> None:
        """The worker goes on under a new id, of which nothing is known yet."""
        self._comparison = Comparison()
        self._trusting = self._silent = False
