"""When jobs first began whose attempt here is a later one: their `total_timeout` counts from there (P19).

It is asked until it is answered: a limit that counted from this attempt would give the job its whole time once more,
and try it again after its time is over. So an attempt that ends meanwhile is not judged before.
"""

from __future__ import annotations

import math
from typing import Protocol

from qctl.errors import TryAgain
from qctl.model.attempt import Attempt
from qctl.store import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.engine.claims import Held
    from qctl.engine.station import Station

RECENT: Final = 20  #: attempts before this one, of which the store keeps records beside the first: `KEEP_ATTEMPTS`
PAUSE: Final = 0.5  #: seconds until what Redis could not tell just now is asked again


class Recalled(Protocol):
    """Hears that as much as can be is known of when the limit over all attempts comes."""

    def __call__(self, held: Held, *, sooner: bool) -> None: ...


class FirstStarts:
    """Asks the store, for all that came together at once."""

    def __init__(self, station: Station, on_recalled: Recalled) -> None:
        self._station = station
        self._on_recalled = on_recalled
        self._unasked: list[Held] = []
        self._not_before = -math.inf

    def expect(self, held: Held) -> None:
        """Ask of this one, which has a `total_timeout`."""
        held.recalls = True
        self._unasked.append(held)

    def next_due(self) -> float:
        return self._not_before if self._unasked and self._station.line.up else math.inf

    def run_once(self, now: float) -> None:
        """Ask of those that nobody was asked of, or whose answer did not come."""
        if now < self.next_due():
            return
        asked, self._unasked = self._unasked, []

        def told(answers: list[Any]) -> None:
            for held, answer in zip(asked, answers, strict=True):
                if isinstance(answer, TryAgain):
                    self._unasked.append(held)
                    self._not_before = self._station.clock() + PAUSE
                else:
                    self._know(held, answer)

        def lost() -> None:
            self._unasked += asked

        if not self._station.line.ask([self._question(held) for held in asked], told, lost, now):
            lost()

    def _question(self, held: Held) -> Command[Any]:
        attempts = (1, *range(max(2, held.claim.attempt - RECENT), held.claim.attempt))
        key = self._station.verbs.keys.job(held.claim.id)
        return Command(("HMGET", key, "ra", *(f"a{number}" for number in attempts)), _first_start)

    def _know(self, held: Held, began: Any) -> None:
        """Where nothing says when it began, its time counts from this attempt."""
        total = held.task.total_timeout if held.task else None
        sooner = isinstance(began, int)
        if sooner and total is not None:
            held.total_until = self._station.time.monotonic(began) + total
        held.recalls = False
        self._on_recalled(held, sooner=sooner)


def _first_start(reply: Any) -> int | None:
    """When the first of these attempts began that was made since the job was retried by hand, in ms; None: none was."""
    retried, *records = reply
    try:
        began = [Attempt.decode(record).started_ms for record in records if record]
        return min((ms for ms in began if ms >= int(retried or 0)), default=None)
    except ValueError:
        return None  # somebody wrote a record by hand
