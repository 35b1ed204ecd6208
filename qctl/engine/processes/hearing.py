"""Listens to the slots and the template, and keeps the account of slots on the way."""

from __future__ import annotations

import json
import math
import time
from itertools import count

from qctl.config.declared import Declared
from qctl.engine.processes import packets, stops
from qctl.engine.processes.attempts import Attempts
from qctl.engine.processes.events import CannotFork, Finished, Ready, SlotDied
from qctl.engine.processes.generation import SlotSeen
from qctl.engine.processes.reports import Kind, Parts, unpack_ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.engine.processes.events import Event
    from qctl.engine.processes.generation import Generation
    from qctl.engine.processes.reports import Record
    from qctl.engine.processes.stops import Aimed, Stops
    from qctl.model.ended import Ended

#: Seconds between two tries of a fork that failed, or of a slot that died before it ran anything (fault 20).
PAUSE: Final = 0.6


class Hearing:
    """What one generation has said so far."""

    def __init__(self, generation: Generation, slots: int, aims: Stops) -> None:
        self._generation = generation
        self._dispatch = generation.dispatch
        self._stops = aims
        self._parts = Parts()
        self._leaving: set[int] = set()
        self._born: dict[int, float] = {}
        self.attempts = Attempts(generation, aims)
        self.fork_at: dict[int, float] = {}  #: slots to be forked, and when
        self._places = set(range(slots))  #: numbers of the slots that live, are being forked, or are to be
        self._wanted = slots
        self._retiring = 0  #: slots that were told to go and are believed to be there

    def resize(self, slots: int) -> None:
        """Have so many slots. Missing ones are forked at the next turn; of too many, those go that are free first."""
        self._wanted = slots
        numbers = (number for number in count() if number not in self._places)
        while len(self._places) < slots:
            self._open_place(next(numbers), -math.inf)
        for number in list(self.fork_at):
            if len(self._places) > slots:
                del self.fork_at[number]
                self._places.discard(number)
        surplus = len(self._places) - slots - self._retiring
        if surplus > 0:
            self._retiring += surplus
            self._dispatch.retire(surplus)

    def _open_place(self, number: int, at: float) -> None:
        self._places.add(number)
        self.fork_at[number] = at

    def listen(self, events: list[Event], most: float = math.inf) -> None:
        """Read what slots and template have said, and settle what has come of frames that were withdrawn."""
        heard = 0
        try:
            while heard < most and (message := packets.receive(self._generation.reports)) is not None:
                heard += 1
                for said in self._parts.whole(message):
                    if not self.attempts.hear(said, events):
                        events.extend(self._of_slot(said, events))
        except packets.Closed:
            return  # nobody is left who could say anything; the template's death follows
        self.attempts.read_rings(events)
        if heard < most:
            self._dispatch.recover()  # all has been heard that was said

    def _of_slot(self, said: Record, events: list[Event]) -> Iterator[Event]:
        match said.kind:
            case Kind.BORN:
                self._generation.slots[said.slot] = SlotSeen.of(said.serial, self._generation.tell)
                self._born[said.slot] = said.at
            case Kind.LEAVING:
                self._leaving.add(said.slot)
            case Kind.DEAD:
                yield from self._dead(said, events)
            case Kind.READY:
                news = json.loads(said.content)
                declared = tuple(map(Declared.from_json, news["declared"]))
                yield Ready(said.serial, news["broken"], tuple(news["warnings"]), declared)
            case Kind.NO_FORK:
                self.fork_at[said.slot] = time.monotonic() + PAUSE
                yield CannotFork(said.slot, said.content.decode())

    def _dead(self, said: Record, events: list[Event]) -> Iterator[Event]:
        self._parts.forget(said.slot)
        self.attempts.last_words(said.slot, events)
        seen = self._generation.slots.pop(said.slot, None)
        yield from self.bury(said.slot, seen, unpack_ended(said.content))
        now = time.monotonic()
        hasty = now - self._born.get(said.slot, 0.0) < 1.0 and not self._generation.table.row(said.slot).current
        self._generation.table.row(said.slot).clear()
        self._places.discard(said.slot)
        self._retiring = max(0, self._retiring - 1)
        if len(self._places) < self._wanted:
            self._open_place(said.slot, now + PAUSE if hasty and said.slot not in self._leaving else now)
        self._leaving.discard(said.slot)
        self._dispatch.withdraw()

    def bury(self, slot: int, seen: SlotSeen | None, how: Ended) -> Iterator[Event]:
        """A slot is dead and all that it has said was heard: say what became of its attempt, then that it died."""
        pid = seen.pid if seen else 0
        if seen is not None:
            seen.close()
        found = self._dispatch.running_in(slot)
        if found is None:
            if slot not in self._leaving:
                yield SlotDied(slot, pid, None, how.exit_code, how.signal)
            return
        serial, begun = found
        self._dispatch.finish(serial)
        aimed = self._stops.forget(serial)
        ended = self._after_a_kill(aimed, how, seen)
        if ended is None:
            yield SlotDied(slot, pid, begun.frame.key, how.exit_code, how.signal, how)
            return
        yield Finished(*begun.frame.key, ended, time.monotonic())
        yield SlotDied(slot, pid, None, how.exit_code, how.signal)

    def _after_a_kill(self, aimed: Aimed | None, how: Ended, seen: SlotSeen | None) -> Ended | None:
        """What the attempt of a slot that we have killed came to; None if the slot died of itself.

        A slot may have begun another attempt between the decision to kill it and its death; that one goes back.
        """
        if seen is None or not seen.killed:
            return None
        told = stops.verdict(aimed.stop, signal=how.signal) if aimed else stops.taken_back()
        return told._replace(log=how.log, packed_log=how.packed_log, cpu_s=how.cpu_s, max_rss_bytes=how.max_rss_bytes)
