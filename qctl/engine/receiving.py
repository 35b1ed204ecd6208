"""Fetching what steps of workflows receive, before they are sent to a slot; other jobs are not held up by it.

A job's record says where the value is found; it stays with the job that left it. Small ones are fetched many at a time,
large ones, which take several round trips, one after the other, and no more of them than fit in memory.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from qctl.engine.claims import Held, Stage
from qctl.engine.station import Station
from qctl.errors import QctlError
from qctl.model.attempt import Ended, ErrorInfo
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.inputs import MOST_BYTES, Input, InputGone, InputTooLarge, encode
from qctl.model.workflow.plan import parts_of
from qctl.store import Command

AT_ONCE: Final = 16  #: values whose fetching is begun in one round trip
PAUSE: Final = 0.5  #: seconds until what Redis refused is asked again
ROOM: Final = 2 * MOST_BYTES  #: bytes that may be in the parent's hands before more is fetched

#: Asks for commands, is sent their answers, and returns what is received. Raises InputTooLarge and InputGone.
Reading = Generator[Sequence[Command[Any]], Sequence[Any], Input]


class Begun(NamedTuple):
    """A value that is being fetched, and what is asked next."""

    held: Held
    reading: Reading
    commands: Sequence[Command[Any]]


class Receiving:
    """Fetches for those claims that name a source, in the order of their claims."""

    def __init__(self, station: Station, read: Callable[[str, str], Reading]) -> None:
        self._station = station
        self._read = read
        self._new: deque[Held] = deque()
        self._large: deque[Begun] = deque()
        self._under_way = False
        self._not_before = -math.inf
        self.on_arrived: Callable[[float], None] = _pass_over  #: something can be sent to the slots
        self.on_refused: Callable[[Held, Ended, float], None] = _forget

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
        if self._in_hand() > ROOM:
            self._not_before = now + PAUSE
            return
        batch = [self._large.popleft()] if self._large else []
        batch += self._begin(now)
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
                begun += self._go_on(held, reading, None, now)
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
                self._large += self._go_on(one.held, one.reading, said, now)
        if len(waiting) > before:
            self.on_arrived(now)

    def _put_off(self, held: Held, refusal: QctlError, now: float) -> None:
        self._station.journal.warning("redis", str(refusal))
        self._not_before = now + PAUSE
        self._new.append(held)

    def _go_on(self, held: Held, reading: Reading, said: Sequence[Any] | None, now: float) -> list[Begun]:
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
        return [Begun(held, reading, commands)]

    def _refuse(self, held: Held, reason: Reason, error: QctlError, now: float) -> None:
        info = ErrorInfo(type=type(error).__name__, message=str(error))
        self.on_refused(held, Ended(outcome=Outcome.FAILED, reason=reason, error=info), now)

    def _in_hand(self) -> int:
        claims = self._station.claims
        return sum(len(held.received) for held in chain(claims.waiting, claims.sent.values()))


def _pass_over(now: float) -> None:
    del now


def _forget(held: Held, ended: Ended, now: float) -> None:
    del held, ended, now
