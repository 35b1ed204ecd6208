"""What happens to jobs that were claimed: into the ledger, to the slots, or back to their old place."""

from __future__ import annotations

import math

from qctl.engine.backlog import PATIENCE
from qctl.engine.claims import Held, Stage
from qctl.engine.settling import give_back
from qctl.engine.unheard import unheard
from qctl.model.call import Call, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final

    from qctl.engine.backlog import Backlog
    from qctl.engine.crew import Crew
    from qctl.engine.outbox import Outbox
    from qctl.engine.processes.table import Stop
    from qctl.engine.station import Station
    from qctl.store.values import Claim

UNFORKED: Final = 5.0  #: seconds that a job waits for a slot that should be free (fault 20)


class Intake:
    """Takes claims in, and gives back what would wait too long."""

    def __init__(self, station: Station, crew: Crew, outbox: Outbox, backlog: Backlog) -> None:
        self._station = station
        self._crew = crew
        crew.on_unwanted = self._take_out
        self._outbox = outbox
        self._backlog = backlog
        self._not_before = -math.inf  #: monotonic: when what a slot did not let go is asked for again
        self.on_receiver: Callable[[Held], None] = unheard  #: one that is to receive something first
        self.on_later: Callable[[Held], None] = unheard  #: one whose `total_timeout` counts from an earlier attempt
        self.on_missing: Callable[[], None] = unheard  #: a task is asked for that the configuration does not have

    def accept(self, claimed: Sequence[Claim], now: float) -> None:
        """Enter claims in their order. Those that would have to wait behind others and may not, go back at once."""
        station = self._station
        waiting = station.claims.stock
        free = self._crew.free - waiting
        surplus = set(self._backlog.surplus([claim.task for claim in claimed], free, now))
        going = not station.shutdown.takes_work  # the claim was under way when the worker was told to take no more
        take, worker = station.claims.take, station.worker
        known, task = "", None
        for place, claim in enumerate(claimed):
            if claim.task != known:
                known, task = claim.task, station.runnable(claim.task)
            held = Held(claim, worker, task, now)
            if not take(held):
                continue
            if going or place in surplus:
                self._give_back(held)
            elif task is None:
                if not _is_adhoc(claim.body):
                    self._give_back_missing(held)
            elif task.total_timeout is not None and claim.attempt > 1:
                self.on_later(held)
            if claim.source and held.stage is Stage.RECEIVING:
                self.on_receiver(held)
        self.dispatch(now)

    def dispatch(self, now: float) -> None:
        """Send to the slots what may be begun: nothing while others may have been given our jobs."""
        if self._station.lease.trusted(now):
            self._crew.dispatch()

    def rest(self) -> float:
        """Seconds for which the slots have plenty to do, and need nobody: see `Backlog.rest`."""
        return self._backlog.rest(len(self._station.claims.sent))

    def next_due(self) -> float:
        """When the job that has waited longest loses its patience."""
        oldest = self._station.claims.oldest()
        return math.inf if oldest is None else max(oldest.since + self._patience(), self._not_before)

    def run_once(self, now: float) -> None:
        """Give back what was not begun in time."""
        if now < self.next_due():
            return
        patience = self._patience()
        self._crew.recall()
        self._backlog.too_much()
        for held in list(self._station.claims.waiting):
            if held.since + patience <= now:
                self._give_back(held)
        oldest = self._station.claims.oldest()
        if oldest is not None and oldest.since + patience <= now:
            self._not_before = now + PATIENCE  # a slot has it, and neither begins it nor lets it go
        self.dispatch(now)

    def give_all_back(self) -> None:
        """Give back everything that no slot has taken: the worker begins nothing more."""
        self._crew.recall()
        for held in self._station.claims.in_hand:
            self._give_back(held)

    def stop(self, held: Held, stop: Stop) -> None:
        """End an attempt, or see to it that it never begins: one that no slot has taken is given back.

        One that a slot may yet begin, or decline, is stopped there, or given back when it is here again.
        """
        if held.stage is Stage.SENT:
            held.unwanted = True
            self._crew.recall()
        if held.stage in (Stage.WAITING, Stage.RECEIVING):
            self._take_out(held)
        else:
            self._crew.stop(held, stop)

    def _take_out(self, held: Held) -> None:
        """Let a job go that no slot has taken.

        The store ends a cancelled job that is given back as cancelled. One that is lost is not ours to give.
        """
        if held.lost:
            self._station.claims.end(held)
            self._station.claims.drop([held.key])
        else:
            self._give_back(held)

    def _patience(self) -> float:
        """How long a job may wait here. A slot that is free and begins nothing is not there: it cannot be forked."""
        begins = self._station.clock() - self._station.claims.heard_at < PATIENCE
        return UNFORKED if self._crew.free and not begins else PATIENCE

    def _give_back(self, held: Held) -> None:
        self._station.claims.end(held)
        self._outbox.add(give_back(held))

    def _give_back_missing(self, held: Held) -> None:
        """The task is not here: let the job wait for a worker that has it, which may be this one, after an edit."""
        claim = held.claim
        self._station.journal.warning(
            "missing", f"{claim.task} {claim.id} waits for a worker that has its task", job=claim.id, task=claim.task
        )
        self._station.claims.end(held)
        self._outbox.add(give_back(held, missing=True))
        self.on_missing()


def _is_adhoc(body: bytes) -> bool:
    """Whether a job brings its command itself. What cannot be read is left to the slot, which says so."""
    try:
        return Call.decode(body).kind is Kind.ADHOC
    except ValueError:
        return True
