"""The worker's turn: one round trip that settles what has ended and claims what can be run.

One turn is under way at a time; what ends meanwhile goes with the next, so batches grow with the load by themselves.
A turn whose answer was lost is asked again in the same words and under the same number: what was settled answers
ALREADY, what was claimed is answered with its bodies once more (faults 47 and 48).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qctl.engine.backlog import Backlog
from qctl.engine.claims import Held
from qctl.engine.outbox import Batch, Outbox, Settled
from qctl.engine.selection import Selection
from qctl.engine.settle import Verb
from qctl.engine.station import Station
from qctl.errors import QctlError
from qctl.store import EVERY, Command
from qctl.store.values import Answer, Claim, Claimed, Settlement, Standing

LARGEST_CLAIM: Final = 200
PAUSE: Final = 0.5  #: seconds until a turn that Redis refused is tried again
PACE: Final = 0.006  #: seconds between two turns while the slots have work in hand: larger batches cost less
LOOK: Final = 2.0  #: seconds after which an idle worker looks even if nobody called


@dataclass(slots=True)
class Open:
    """A turn that has not been answered."""

    worker: str
    number: int
    batch: Batch | None
    want: int
    queues: Sequence[tuple[str, int]] | str
    sent: bool = False


class Turn:
    """Composes turns, and reads their answers."""

    def __init__(
        self,
        station: Station,
        outbox: Outbox,
        backlog: Backlog,
        selection: Selection,
        accept: Callable[[Sequence[Claim], float], None],
        only: Sequence[str] = (),
    ) -> None:
        self._station = station
        self._outbox = outbox
        self._backlog = backlog
        self._selection = selection
        self._accept = accept
        self._only = only
        self._number = 0
        self._open: Open | None = None
        self._not_before = -math.inf
        self._look_at = self._sent_at = -math.inf
        self._refused = False
        self.hungry = True  #: there may be work that nobody has told us of
        self.dry = False  #: the last claim found nothing more
        self.awaited = bool(only)  #: of the jobs that this worker is for, some have not ended
        self.on_standing: Callable[[Standing, str], None] = _nothing
        self.on_due: Callable[[int], None] = _pass_over

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or left to tell."""
        return self._open is None and not self._outbox

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way, nothing to tell, and no more work is known of."""
        return self.idle and not self.hungry

    def next_due(self) -> float:
        """When a turn should be taken even if nothing happens."""
        if not self._station.line.up or (self._open is not None and self._open.sent):
            return math.inf
        not_before = max(self._not_before, self._sent_at + PACE) if self._busy() else self._not_before
        return max(not_before, -math.inf if self._open or self._outbox or self.hungry else self._look_at)

    def run_once(self, now: float, free: int) -> None:
        """Take a turn if there is something to tell or to ask; `free` slots can begin a job at once."""
        if not self._station.line.up or now < self._not_before or (self._busy() and now < self._sent_at + PACE):
            return
        if now >= self._look_at:
            self.hungry = True
        if self._open is None:
            self._open = self._compose(now, free)
        if self._open is not None and not self._open.sent:
            self._send(self._open, now)

    def look(self) -> None:
        """Somebody said that there is work."""
        self.hungry = True

    def _busy(self) -> bool:
        """Whether every slot has its next job at hand already."""
        return len(self._station.claims.sent) > len(self._station.claims.begun) > 0 and self._open is None

    def _compose(self, now: float, free: int) -> Open | None:
        want = self._want(now, free)
        batch = self._outbox.next_batch()
        if batch is None and not (want and self.hungry):
            if self.hungry and not want:
                self.hungry = False  # what cannot be run is not asked for; a slot that gets free asks again
                self._look_at = now + self._jittered_look()
            return None
        if want:
            self._number += 1
        queues = EVERY if self._selection.every else self._selection.quotas(want)
        return Open(self._station.worker, self._number, batch, want, queues)

    def _want(self, now: float, free: int) -> int:
        station = self._station
        if not station.shutdown.takes_work or not station.lease.trusted(now):
            return 0
        claims = station.claims
        running = ((held.claim.task, held.started) for held in claims.begun.values())
        waiting = len(claims.waiting) + len(claims.sent)
        return min(LARGEST_CLAIM, self._backlog.room(free, waiting, running, now))

    def _send(self, turn: Open, now: float) -> None:
        verbs = self._station.verbs
        commands: list[Command[Any]] = turn.batch.commands(verbs) if turn.batch else []
        if turn.want:
            commands.append(verbs.claim(turn.worker, turn.number, turn.want, turn.queues, self._selection.only))
        turn.sent = self._station.line.ask(commands, self._answered, self._lost, now)
        self._sent_at = now

    def _lost(self) -> None:
        if self._open is not None:
            self._open.sent = False

    def _answered(self, answers: list[Any]) -> None:
        turn, self._open = self._open, None
        assert turn is not None, "only one turn is under way"
        now = self._station.clock()
        if turn.batch is not None:
            for (verb, group), answer in zip(turn.batch.groups, answers, strict=False):
                self._settled(verb, group, answer, now)
        if turn.want:
            self._claimed(turn, answers[-1], now)

    def _settled(self, verb: Verb, group: Sequence[Settled], answer: Any, now: float) -> None:
        if isinstance(answer, QctlError):
            self._refuse(answer, now)
            self._outbox.put_back(group)
            return
        self._refused = False
        for one, said in zip(group, answer, strict=True):
            self._station.claims.drop(one.held.key)
            if said in (Answer.FENCED, Answer.UNKNOWN):
                _tell_late(self._station, one, said)
            elif verb is Verb.RETRY:
                self.on_due(self._station.time.at(now) + one.settlement.delay_ms)

    def _claimed(self, turn: Open, answer: Any, now: float) -> None:
        if isinstance(answer, QctlError):
            self._refuse(answer, now)
            return
        claimed: Claimed = answer
        if claimed.standing is not Standing.OK:
            self.on_standing(claimed.standing, turn.worker)
            return
        self._station.time.heard(claimed.now_ms, now)
        self.hungry = claimed.more
        self.dry = not (claimed.more or claimed.awaited or claimed.claims)
        self._look_at = now + self._jittered_look()
        if claimed.next_due_ms is not None:
            self.on_due(claimed.next_due_ms)
        if claimed.claims:
            self._accept(claimed.claims, now)

    def _jittered_look(self) -> float:
        return LOOK * self._station.dice.uniform(0.75, 1.25)

    def _refuse(self, error: QctlError, now: float) -> None:
        self._not_before = now + PAUSE
        if not self._refused:
            self._station.journal.error("redis", str(error))
        self._refused = True


def _tell_late(station: Station, one: Settled, said: Answer) -> None:
    """A settlement came to nothing: say so, for somebody may look for its result."""
    id_, verb = one.held.claim.id, one.verb
    if said is Answer.FENCED:
        station.journal.warning("late", f"{verb} of {id_} discarded: another worker owns it now", job=id_)
    elif verb is not Verb.RELEASE:
        station.journal.error("unknown", f"{verb} of {id_} went nowhere: Redis does not know the job any more", job=id_)


def give_back(held: Held) -> Settled:
    """Release a job that no slot has begun, at its old place."""
    return Settled(held, Verb.RELEASE, Settlement(id=held.claim.id, fence=held.claim.fence))


def _nothing(standing: Standing, worker: str) -> None:
    del standing, worker


def _pass_over(due_ms: int) -> None:
    del due_ms
