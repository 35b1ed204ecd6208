"""Asking the store for work: one claim under way at a time, each under a number of its own.

A claim whose answer was lost is asked again under the same number, and answered with the same jobs (faults 47 and 48).
One that stands is sent behind a wait of this worker: the server carries it out when that ends, and the call that ends
it brings the jobs with it.
"""

from __future__ import annotations

import math

from qctl.classes import dataclass
from qctl.engine.unheard import unheard
from qctl.errors import QctlError
from qctl.store import EVERY
from qctl.store.values import Claimed, Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

    from qctl.engine.backlog import Backlog
    from qctl.engine.selection import Selection
    from qctl.engine.station import Station
    from qctl.store import Command
    from qctl.store.values import Claim

#: Jobs, so that no script holds Redis for long; of those that are large, or not plain, it hands over fewer. With many
#: more the slots run dry while Redis counts them out.
LARGEST_CLAIM: Final = 300
LOOK: Final = 2.0  #: seconds after which an idle worker looks even if nobody called
LOOK_FOR_THESE: Final = 0.4  #: the same of one that is there for a few jobs, and is called for no queue


@dataclass(frozen=True, slots=True)
class Ask:
    """A claim as it is asked, however often."""

    worker: str
    number: int
    want: int
    queues: Sequence[tuple[str, int]] | str


class Claiming:
    """The half of a turn that asks."""

    def __init__(
        self,
        station: Station,
        backlog: Backlog,
        selection: Selection,
        accept: Callable[[Sequence[Claim], float], None],
    ) -> None:
        self._station = station
        self._backlog = backlog
        self._selection = selection
        self._accept = accept
        self._number = 0
        self._ask: Ask | None = None
        self._sent = -math.inf  #: monotonic: when it was asked latest
        self._under_way = False
        self._unknown = False  #: whether it was heard at an earlier time
        self._called = False  #: while a claim was under way
        self.stands = False  #: the claim that is under way is carried out when the wait before it ends
        self.look_at = -math.inf  #: when to ask even if nobody called
        self.hungry = True  #: there may be work that nobody has told us of
        self.dry = False  #: the last claim found nothing more
        self.on_standing: Callable[[Standing, str], None] = unheard
        self.on_due: Callable[[int], None] = unheard
        self.on_more: Callable[[], None] = unheard

    @property
    def idle(self) -> bool:
        """Whether nothing was asked that is not answered."""
        return self._ask is None

    @property
    def under_way(self) -> bool:
        """Whether an answer may come."""
        return self._under_way

    @property
    def unanswered(self) -> bool:
        """Whether a claim was asked whose answer will not come: what it took is ours, and nobody here knows it."""
        return self._ask is not None and not self._under_way

    def look(self) -> None:
        """Somebody said that there is work. A claim that is under way may have been carried out before that."""
        self.hungry = True
        self._called = self._under_way

    def commands(self, now: float, free: int, *, passing: bool) -> list[Command[Any]]:
        """The claim to ask now, if any. `answered` or `lost` follows.

        `free` slots can begin a job at once. In `passing`, beside something that is told anyway, it asks even if nobody
        has called.
        """
        if self._under_way:
            return []
        self._ask = self._ask or self._compose(now, free, passing)
        return self._asked(now)

    def may_stand(self, now: float, free: int) -> bool:
        """Whether a slot is free, and there is nothing better to do than to wait for its job."""
        return free > 0 and self.idle and not self.hungry and now < self.look_at and self._want(now, free) > 0

    def stand(self, now: float, free: int) -> list[Command[Any]]:
        """The claim to send behind a wait, if a slot is free. `answered` or `lost` follows.

        It asks for what can begin at once: a host that loses its power while it waits takes no more with it, and what
        else is there comes with the next claim.
        """
        if not self.may_stand(now, free):
            return []
        self._ask = self._compose(now, free, passing=True, most=free)
        self.stands = self._ask is not None
        return self._asked(now)

    def lost(self) -> None:
        """Nobody knows whether it was heard."""
        self._under_way, self._unknown, self.stands = False, True, False

    def answered(self, answer: Any) -> QctlError | None:
        """Read the answer. Returns it if it is a refusal.

        A claim that may have been heard before it was refused (by a Redis that starts again, and loads) is asked again
        until it is answered.
        """
        ask, self._under_way = self._ask, False
        stood, self.stands = self.stands, False
        assert ask is not None, "a claim is under way"
        if isinstance(answer, QctlError):
            self._ask = ask if self._unknown else None
            self._station.claims.awaited = self._ask.number if self._ask else 0
            self.hungry |= stood  # the call that has ended the wait was for it
            return answer
        self._ask, self._unknown = None, False
        self._station.claims.awaited = 0
        now, claimed = self._station.clock(), answer
        assert isinstance(claimed, Claimed)
        if claimed.standing is not Standing.OK:
            self.on_standing(claimed.standing, ask.worker)
            return None
        if ask.worker != self._station.worker:
            return None  # it went on under a new id meanwhile: what it took under the old one is given to others
        self._station.time.heard(claimed.now_ms, now, self._sent)
        self.hungry, self._called = claimed.more or self._called, False
        self.dry = not (claimed.more or claimed.awaited or claimed.claims)
        if claimed.claims:
            self._accept(claimed.claims, now)  # first: a slot waits
        self.look_at = now + (LOOK_FOR_THESE if claimed.awaited else self._jittered_look())
        if claimed.next_due_ms is not None:
            self.on_due(claimed.next_due_ms)
        if claimed.more:
            self.on_more()
        return None

    def _asked(self, now: float) -> list[Command[Any]]:
        ask = self._ask
        if ask is None:
            return []
        self._sent = now
        self._under_way, self._station.claims.awaited = True, ask.number
        chosen, verbs = self._selection, self._station.verbs
        return [verbs.claim(ask.worker, ask.number, ask.want, ask.queues, chosen.only, chosen.host)]

    def _compose(self, now: float, free: int, passing: bool, most: int = LARGEST_CLAIM) -> Ask | None:
        if now >= self.look_at:
            self.hungry = True
        if not (self.hungry or passing):
            return None
        want = self._want(now, free)
        if not want:
            if self.hungry:  # what cannot be run is not asked for; a slot that gets free asks again
                self.hungry = False
                self.look_at = now + self._jittered_look()
            return None
        if want < self._station.claims.stock and self._station.claims.at_hand:
            return None  # larger claims cost less: it asks when half of what it may hold is gone
        self._number += 1
        want = min(want, most, LARGEST_CLAIM)
        queues = EVERY if self._selection.every else self._selection.quotas(want)
        return Ask(self._station.worker, self._number, want, queues)

    def _want(self, now: float, free: int) -> int:
        station = self._station
        if not station.shutdown.takes_work or not station.lease.trusted(now):
            return 0
        running = ((held.claim.task, held.started) for held in station.claims.begun.values())
        return self._backlog.room(free, station.claims.stock, running, now)

    def _jittered_look(self) -> float:
        return LOOK * self._station.dice.uniform(0.75, 1.25)
