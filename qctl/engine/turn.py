"""The worker's turn: one round trip that settles what has ended and claims what can be run.

A worker that has room and knows of no work does not ask: its claim stands behind the wait of its other connection.

Each half is under way once at a time, and neither waits for the other: while the store settles, the slots need work.
What ends meanwhile goes with the next turn, so batches grow with the load by themselves.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.engine.claiming import Claiming
    from qctl.engine.settling import Settling
    from qctl.engine.station import Station
    from qctl.errors import QctlError
    from qctl.store import Command

PAUSE: Final = 0.5  #: seconds until a turn that Redis refused is tried again
PACE: Final = 0.006  #: seconds between two settlements while the slots have work in hand: larger batches cost less


class Turn:
    """Joins the two halves: what is ready goes together."""

    def __init__(self, station: Station, claiming: Claiming, settling: Settling) -> None:
        self._station = station
        self._claiming = claiming
        self._settling = settling
        self._not_before = -math.inf
        self._told_at = -math.inf
        self._refused = False

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or left to tell."""
        return self._claiming.idle and self._settling.idle

    @property
    def at_rest(self) -> bool:
        """Whether nothing is under way, nothing to tell, and no more work is known of."""
        return self._claiming.idle and self._settling.at_rest and not self._claiming.hungry

    @property
    def asks(self) -> bool:
        """Whether a claim is under way whose answer comes at once."""
        return self._claiming.under_way and not self._claiming.stands

    @property
    def stands(self) -> bool:
        """Whether a claim is under way that a wait holds up."""
        return self._claiming.stands

    @property
    def hungry(self) -> bool:
        """Whether there may be work that nobody has been asked for since."""
        return self._claiming.hungry

    @property
    def look_at(self) -> float:
        """When to ask for work even if nobody has called."""
        return self._claiming.look_at

    @property
    def done(self) -> bool:
        """Whether the store had no more work for this worker, and was told of all that it takes."""
        return self._claiming.dry and self._claiming.idle and self._settling.at_rest

    @property
    def refused(self) -> int:
        """How many ends of jobs the store does not take: whoever has nothing else in hand waits for these alone."""
        return self._settling.refused

    def look(self) -> None:
        """Somebody said that there is work."""
        self._claiming.look()

    def may_stand(self, now: float, free: int) -> bool:
        """Whether a claim may stand behind a wait now; `free` slots can begin a job at once."""
        return self._station.line.up and now >= self._not_before and self._claiming.may_stand(now, free)

    def stand(self, now: float, free: int) -> list[Command[Any]]:
        """The claim that goes with a wait, if any. `stood` or `fell` follows."""
        return self._claiming.stand(now, free) if self.may_stand(now, free) else []

    def stood(self, answer: Any) -> None:
        """The wait has ended, and this is the answer to the claim behind it."""
        self._heed(self._claiming.answered(answer))

    def fell(self) -> None:
        """The connection broke: nobody knows whether the claim was carried out, or yet will be."""
        self._claiming.lost()

    def next_due(self) -> float:
        """When a turn should be taken even if nothing happens."""
        if not self._station.line.up:
            return math.inf
        return max(self._not_before, min(self._tell_at(), self._ask_at()))

    def run_once(self, now: float, free: int) -> None:
        """Take a turn if there is something to tell or to ask; `free` slots can begin a job at once."""
        if not self._station.line.up or now < self._not_before:
            return
        tells = now >= self._tell_at()
        asked = self._claiming.commands(now, free, passing=tells)
        told = self._settling.commands() if tells or asked else []
        if told:
            self._told_at = now
        if told or asked:
            self._send(told, asked, now)

    def _tell_at(self) -> float:
        if not self._settling.ready:
            return self._settling.again_at
        unhurried = self._station.claims.at_hand and not self._settling.full
        return self._told_at + PACE if unhurried else -math.inf

    def _ask_at(self) -> float:
        if self._claiming.under_way:
            return math.inf
        if self._claiming.unanswered:
            return -math.inf
        if not self._claiming.hungry:
            return self._claiming.look_at
        return math.inf if self._station.claims.at_hand else -math.inf  # a slot's next report leads to a turn

    def _send(self, told: list[Command[Any]], asked: list[Command[Any]], now: float) -> None:
        def answered(answers: list[Any]) -> None:
            # First what was settled: it makes room for what was claimed.
            refusals = [self._settling.answered(answers[: len(told)])] if told else []
            refusals += [self._claiming.answered(answers[-1])] if asked else []
            self._heed(next(filter(None, refusals), None))

        def lost() -> None:
            if told:
                self._settling.lost()
            if asked:
                self._claiming.lost()

        if not self._station.line.ask([*told, *asked], answered, lost, now):
            lost()

    def _heed(self, refusal: QctlError | None) -> None:
        if refusal is not None:
            self._not_before = self._station.clock() + PAUSE
            if not self._refused:
                self._station.journal.error("redis", str(refusal))
        self._refused = refusal is not None
