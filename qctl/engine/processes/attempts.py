"""What the parent hears of attempts, and sees of those that run: from records to events.

A slot tells of an attempt when it is over. That one runs is seen in its slot's row, by whoever looks.
"""

from __future__ import annotations

import json
import math
from functools import partial

from qctl.engine.processes.events import Asked, Finished, Output, Progress, Started
from qctl.engine.processes.reports import BEGAN, COUNT, HEAD, Kind, succeeded, unpack_ended
from qctl.model.output import decode_chunks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.engine.processes.events import Event
    from qctl.engine.processes.generation import Generation
    from qctl.engine.processes.reports import Record
    from qctl.engine.processes.stops import Stops

LONG: Final = 0.02  #: seconds that an attempt may take before those behind it in its slot's hand go to others
_DONE: Final = int(Kind.DONE)  # as plain numbers: these come for every job
_EXITED: Final = int(Kind.EXITED)
_DECLINED: Final = int(Kind.DECLINED)
_finished: Final = partial(tuple.__new__, Finished)


class Attempts:
    """Those of one generation."""

    def __init__(self, generation: Generation, aims: Stops) -> None:
        self._generation, self._stops = generation, aims
        self._dispatch = generation.dispatch
        table = generation.table
        self._rows, self._rings = table.rows(), [table.ring(slot) for slot in range(table.slots)]
        self._relieved: dict[int, int] = {}  #: slot -> serial of a long job, behind which nothing waits any more

    def hear(self, said: Record, events: list[Event]) -> bool:
        """Take note of one record of the socket. False: it is about no attempt."""
        match said.kind:
            case Kind.DONE | Kind.EXITED | Kind.ENDED:
                pid = self._generation.pid_of(said.slot)
                self._over(said.kind, said.serial, said.at, said.content, pid, events)
            case Kind.STARTED:
                self._start(said.slot, said.serial, said.at, events)
            case Kind.DECLINED:
                self._decline(said.serial, said.content)
            case Kind.PROGRESS | Kind.OUTPUT | Kind.ASKED:
                events.extend(self._of_attempt(said, events))
            case _:
                return said.kind == Kind.BELL
        return True

    def read_rings(self, events: list[Event]) -> None:
        """Take note of all that slots have left in their rings."""
        for slot, seen in self._generation.slots.items():
            self._read_ring(slot, seen.pid, events)

    def _read_ring(self, slot: int, pid: int, events: list[Event]) -> None:
        take, head, size_of_head = self._rings[slot].take, HEAD.unpack_from, HEAD.size
        while found := take():
            start, size = 0, len(found)
            while start < size and found[start]:
                kind, _, serial, at, length = head(found, start)
                start += size_of_head
                content = found[start : start + length]
                start += length
                if kind == _DECLINED:
                    self._decline(serial, content)
                else:
                    self._over(kind, serial, at, content, pid, events)

    def _over(self, kind: int, serial: int, at: float, content: bytes, pid: int, events: list[Event]) -> None:
        """An attempt has ended; most are not known to have begun until then."""
        frame = self._dispatch.sent.pop(serial, None)
        if frame is not None:
            (began,) = BEGAN.unpack_from(content)
        else:
            began, pid, frame = 0.0, 0, self._dispatch.finish(serial)
            self._stops.forget(serial)
        if frame is not None:
            fine = kind in (_DONE, _EXITED)
            ended = succeeded(content, kind) if fine else unpack_ended(content[BEGAN.size :])
            events.append(_finished((frame[0], frame[1], ended, at, began, pid)))

    def _decline(self, serial: int, content: bytes) -> None:
        (count,) = COUNT.unpack(content)
        self._dispatch.decline(range(serial, serial + count))

    def _start(self, slot: int, serial: int, at: float, events: list[Event]) -> None:
        frame = self._dispatch.start(serial, slot, at)
        if frame is not None:
            events.append(Started(frame.id, frame.fence, slot, self._generation.pid_of(slot), at))

    def look(self, before: float, events: list[Event]) -> None:
        """See what runs: tell of attempts that have begun before this moment and were not told of yet."""
        for slot in self._generation.slots:
            self._look_at(slot, before, events)

    def _look_at(self, slot: int, before: float, events: list[Event]) -> None:
        serial, at = self._rows[slot].begun
        if serial and at <= before:
            self._start(slot, serial, at, events)

    def last_words(self, slot: int, events: list[Event]) -> None:
        """A slot is dead: what it has left in its ring, and what it was running."""
        self._read_ring(slot, self._generation.pid_of(slot), events)
        self._look_at(slot, math.inf, events)

    def held_up(self, now: float) -> bool:
        """Whether a job that turns out long keeps others in its slot's hand from running; said once of each."""
        for slot in self._generation.slots:
            row = self._rows[slot]
            serial, at = row.begun
            if serial and row.last > serial and now - at > LONG and self._relieved.get(slot) != serial:
                self._relieved[slot] = serial
                return True
        return False

    def _of_attempt(self, said: Record, events: list[Event]) -> Iterator[Event]:
        if said.serial in self._dispatch.sent:
            self._look_at(said.slot, math.inf, events)
        begun = self._dispatch.begun.get(said.serial)
        if begun is None:
            if said.kind == Kind.ASKED:
                token = json.loads(said.content)["token"]
                self._generation.tell(answer=token, reply={"error": "the job has ended"})
            return
        id_, fence = begun.frame.key
        match said.kind:
            case Kind.OUTPUT:
                yield Output(id_, fence, decode_chunks(said.content))
            case Kind.PROGRESS:
                yield Progress(id_, fence, *json.loads(said.content))
            case _:
                news = json.loads(said.content)
                yield Asked(id_, fence, news["token"], news["request"])
