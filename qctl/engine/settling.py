"""Telling the store how attempts have ended: one batch under way at a time, told again until it is answered.

What was told and whose answer was lost is told once more in the same words: what was settled answers ALREADY
(faults 47 and 48).
"""

from __future__ import annotations

import math

from qctl.engine.apart import Apart
from qctl.engine.outbox import Settled
from qctl.engine.settle import Verb
from qctl.engine.unheard import unheard
from qctl.errors import QctlError
from qctl.store.refusals import is_of_its_own
from qctl.store.values import Answer, Settlement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

    from qctl.engine.claims import Held
    from qctl.engine.outbox import Batch, Outbox
    from qctl.engine.station import Station
    from qctl.store import Command

_OK: Final = Answer.OK


class Settling:
    """The half of a turn that tells."""

    def __init__(self, station: Station, outbox: Outbox) -> None:
        self._station = station
        self._outbox = outbox
        self._apart = Apart()
        self._batch: Batch | None = None
        self._under_way = False
        self.on_due: Callable[[int], None] = unheard

    @property
    def idle(self) -> bool:
        """Whether everything was told and answered."""
        return self.at_rest and not self._apart

    @property
    def at_rest(self) -> bool:
        """Whether everything was told and answered, but for what Redis refuses."""
        return self._batch is None and not self._outbox

    @property
    def refused(self) -> int:
        """How many Redis refuses, and are told again."""
        return len(self._apart)

    @property
    def ready(self) -> bool:
        """Whether there is something to tell, and nothing under way."""
        return not self._under_way and not self.at_rest

    @property
    def again_at(self) -> float:
        """When to tell what Redis has refused once more; `inf`: nothing, or something is under way."""
        return math.inf if self._under_way else self._apart.due

    @property
    def full(self) -> bool:
        """Whether as much waits as one batch holds."""
        return self._outbox.full

    def commands(self) -> list[Command[Any]]:
        """What is told now; nothing if there is nothing, or a batch is under way. `answered` or `lost` follows."""
        if self._under_way:
            return []
        self._batch = self._batch or self._next_batch()
        if self._batch is None:
            return []
        self._under_way = True
        return self._batch.commands(self._station.verbs)

    def _next_batch(self) -> Batch | None:
        again = self._apart.next_batch(self._station.clock()) if self._apart else None
        return again or self._outbox.next_batch()

    def lost(self) -> None:
        """Nobody knows whether it was heard."""
        self._under_way = False

    def answered(self, answers: Sequence[Any]) -> QctlError | None:
        """Read the answer to each command. Returns the refusal, if Redis takes none now: that is told again.

        One that is refused for what it has found is told again by itself.
        """
        batch, self._batch, self._under_way = self._batch, None, False
        assert batch is not None, "a batch is under way"
        refusal = None
        for (verb, group), answer in zip(batch.groups, answers, strict=True):
            if not isinstance(answer, QctlError):
                self._settled(verb, group, answer)
            elif is_of_its_own(answer):
                self._set_apart(group, answer)
            else:
                refusal = answer
                self._outbox.put_back(group)
        return refusal

    def _set_apart(self, group: Sequence[Settled], refusal: QctlError) -> None:
        self._apart.add(group, self._station.clock())
        if len(group) == 1:
            said = f"{group[0].verb} of {group[0].held.claim.id} is refused, and told again until it is not: {refusal}"
            self._station.journal.trouble("refused", said)

    def _settled(self, verb: Verb, group: Sequence[Settled], answer: Sequence[Answer]) -> None:
        self._station.claims.drop(one.held.key for one in group)
        if verb is not Verb.RETRY and answer.count(_OK) == len(group):
            return
        for one, said in zip(group, answer, strict=True):
            if said in (Answer.FENCED, Answer.UNKNOWN):
                self._tell_late(one, said)
            elif said is Answer.COLLISION:
                self._tell_collision(one)
            elif verb is Verb.RETRY:
                self.on_due(self._station.time.at(self._station.clock()) + one.settlement.delay_ms)

    def _tell_late(self, one: Settled, said: Answer) -> None:
        """A settlement came to nothing: say so, for somebody may look for its result."""
        id_, verb, journal = one.held.claim.id, one.verb, self._station.journal
        if said is Answer.FENCED:
            journal.warning("late", f"{verb} of {id_} discarded: another worker owns it now", job=id_)
        else:
            journal.error("unknown", f"{verb} of {id_} went nowhere: Redis does not know the job any more", job=id_)

    def _tell_collision(self, one: Settled) -> None:
        """The drawn id of a replacement is taken. The job is still ours, and goes back: nobody here has it any more."""
        id_ = one.held.claim.id
        self._station.journal.warning("replace", f"{id_} runs once more: the id of its replacement is taken", job=id_)
        self._station.lease.hurry(self._station.clock())


def give_back(held: Held, *, missing: bool = False) -> Settled:
    """Release a job that no slot has begun, at its old place; a `missing` one waits for a worker that has its task."""
    return Settled(held, Verb.RELEASE, Settlement(id=held.claim.id, fence=held.claim.fence, missing=missing))
