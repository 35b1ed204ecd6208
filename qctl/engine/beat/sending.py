"""Sends what a beat has decided to the store, a batch at a time; one whose answer was lost is kept to be sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qctl.errors import QctlError
from qctl.store.schedule_values import Firing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.engine.station import Station
    from qctl.store import Command

Decided = tuple[str, Firing]  #: the name of a schedule, and what is asked for it
Answered = Callable[[list[Decided], list[Any], float], None]  #: told the answers, and when the batch was sent
Refused = Callable[[list[Decided], QctlError], None]


class Sending:
    """The batches of one beat that are under way."""

    def __init__(self, station: Station, answered: Answered, refused: Refused) -> None:
        self._station = station
        self._answered, self._refused = answered, refused
        self.under_way = 0  #: batches
        self.again: list[Decided] = []  #: whose answer was lost

    def send(self, beat: str, batch: list[Decided], now: float) -> None:
        """Fire a batch; what of very large workflows has to be there before goes in a round trip of its own."""
        verbs, firings = self._station.verbs, [firing for _, firing in batch]
        parts = verbs.uploads(run.submission for firing in firings for run in firing.runs)

        def fire() -> None:
            sent = self._station.clock()
            self._ask([verbs.fire(beat, firings)], batch, lambda answers: self._answered(batch, answers[0], sent), sent)

        if parts:
            self._ask(parts, batch, lambda _: fire(), now)
        else:
            fire()

    def _ask(
        self, commands: Sequence[Command[Any]], batch: list[Decided], then: Callable[[list[Any]], None], now: float
    ) -> None:
        def answered(answers: list[Any]) -> None:
            self.under_way -= 1
            refusal = next((said for said in answers if isinstance(said, QctlError)), None)
            if refusal is None:
                then(answers)
            else:
                self._refused(batch, refusal)

        def lost() -> None:
            self.under_way -= 1
            self.again += batch

        self.under_way += 1
        if not self._station.line.ask(commands, answered, lost, now):
            lost()
