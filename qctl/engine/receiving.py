"""Fetching what steps of workflows receive, before they are sent to a slot; other jobs are not held up by it.

A job's record says where the value is found; it stays with the job that left it. Small ones are fetched many at a time,
large ones, which take several round trips, one after the other, and no more of them than fit in memory.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from qctl.engine.claims import Stage
from qctl.engine.unheard import unheard
from qctl.errors import QctlError
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.inputs import MOST_BYTES, Input, InputGone, InputTooLarge, encode
from qctl.model.workflow.node_names import parts_of
from qctl.store import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.engine.claims import Held
    from qctl.engine.station import Station

AT_ONCE: Final = 16  #: values whose fetching is begun in one round trip
PAUSE: Final = 0.5  #: seconds until what Redis refused is asked again
ROOM: Final = 2 * MOST_BYTES  #: bytes that may be in the parent's hands before more is fetched

#: Asks for commands, is sent their answers, and returns what is received. Raises InputTooLarge and InputGone.
Reading = Generator[Sequence[Command[Any]], Sequence[Any], Input]


class Begun(NamedTuple):
    """A value that is being fetched, what is asked next, and how many bytes of it have come."""

    held: Held
    reading: Reading
    commands: Sequence[Command[Any]]
    size: int


class Receiving:
    """Fetches for those claims that name a source, in the order of their claims."""

    def __init__(self, station: Station, read: Callable[[str, str], Reading]) -> None:
        self._station = station
        self._read = read
        self._new: deque[Held] = deque()
        self._large: deque[Begun] = deque()
        self._under_way = False
        self._not_before = -math.inf
        self.on_arrived: Callable[[float], None] = unheard  #: something can be sent to the slots
        self.on_refused: Callable[[Held, Ended, float], None] = unheard

    def expect(self, held: Held) -> None:
        """This one was claimed, and receives something."""
        self._new.append(held)

    def next_due(self) -> float:
        waits = bool(self._new or self._large) and not self._under_way and self._station.line.up
        return self._not_before if waits else math.inf

    def run_once(self, now: float) -> None:
        """Ask for what comes next, if there is room for it."""
        if now < self.next_due():
            return
        fetched = self._fetched()
        if fetched > ROOM:
            self._not_before = now + PAUSE
            return
        # One that was begun is fetched to its end before the next one goes on: only then what has come of it can go.
        begun = sum(one.size for one in self._large)
        batch = [self._large.popleft()] if self._large else []
        batch += self._begin(now) if fetched + begun <= ROOM else []
        if not batch:
            return
        self._under_way = True
        commands = list(chain.from_iterable(one.commands for one in batch))

        def answered(answers: list[Any]) -> None:
            self._under_way = False
            self._answered(batch, iter(answers))

        def lost() -> None:
            self._under_way = False
            self._new.extendleft(one.held for one in reversed(batch))

        if not self._station.line.ask(commands, answered, lost, now):
            lost()

    def _begin(self, now: float) -> list[Begun]:
        begun: list[Begun] = []
        while self._new and len(begun) < AT_ONCE:
            held = self._new.popleft()
            if held.stage is Stage.RECEIVING:
                parts = parts_of(held.claim.id)
                reading = self._read(parts[0] if parts else held.claim.id, held.claim.source)
                begun += self._go_on(held, reading, None, 0, now)
        return begun

    def _answered(self, batch: Sequence[Begun], answers: Any) -> None:
        now, waiting = self._station.clock(), self._station.claims.waiting
        before = len(waiting)
        for one in batch:
            said = [next(answers) for _ in one.commands]
            if one.held.stage is not Stage.RECEIVING:
                one.reading.close()  # it was given back or taken from us meanwhile
            elif refusal := next((answer for answer in said if isinstance(answer, QctlError)), None):
                self._put_off(one.held, refusal, now)
            else:
                more = self._go_on(one.held, one.reading, said, one.size + _size_of(said), now)
                (self._large.extendleft if one.size else self._large.extend)(more)
        if len(waiting) > before:
            self.on_arrived(now)

    def _put_off(self, held: Held, refusal: QctlError, now: float) -> None:
        self._station.journal.trouble("redis", str(refusal))
        self._not_before = now + PAUSE
        self._new.append(held)

    def _go_on(self, held: Held, reading: Reading, said: Sequence[Any] | None, size: int, now: float) -> list[Begun]:
        """Read on. Answers what is to be asked next; nothing at the end, be it one or the other."""
        try:
            commands = reading.send(said)  # type: ignore[arg-type]  # the first thing that is sent is None
        except StopIteration as end:
            self._station.claims.arrive(held, encode(end.value), now)
            return []
        except InputTooLarge as error:
            self._refuse(held, Reason.RESULT_REJECTED, error, now)
            return []
        except InputGone as error:
            self._refuse(held, Reason.NOT_STARTED, error, now)
            return []
        return [Begun(held, reading, commands, size)]

    def _refuse(self, held: Held, reason: Reason, error: QctlError, now: float) -> None:
        info = ErrorInfo(type=type(error).__name__, message=str(error))
        self.on_refused(held, Ended(outcome=Outcome.FAILED, reason=reason, error=info), now)

    def _fetched(self) -> int:
        """Bytes that have come for steps which are not done."""
        claims = self._station.claims
        return sum(len(held.received) for held in chain(claims.waiting, claims.sent.values()))


def _size_of(said: Any) -> int:
    """How many bytes of values there are in answers."""
    if isinstance(said, bytes):
        return len(said)
    return sum(map(_size_of, said)) if isinstance(said, list | tuple) else 0
