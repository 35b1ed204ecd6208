"""The pool: one template and its slots, as the worker's parent sees them.

Owns the processes below the worker and what they say. Knows nothing of Redis, leases or retries; starts no threads,
imports no task code, and waits for nothing but the death of what it has killed.
"""

from __future__ import annotations

import math
import signal
import time
from enum import Enum

from qctl.engine.processes.events import CannotFork
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.processes.postponed import Postponed
from qctl.engine.processes.stopping import STOP_SIGNAL
from qctl.engine.processes.stops import Stops
from qctl.engine.processes.succession import Succession
from qctl.engine.processes.table import Stop, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.engine.processes.events import Event
    from qctl.engine.processes.frames import Frame
    from qctl.engine.processes.generation import Generation
    from qctl.engine.processes.hearing import Hearing

_AT_ONCE: Final = 512  #: reports read per call of `events`, so that the parent's turn stays short
LOOK: Final = 0.01  #: seconds between two looks at what runs, while there is something that may have begun
_SOON_OVER: Final = 0.001  #: seconds in which most attempts end: these are told of in one event


class Stopped(Enum):
    """What a stop request has found."""

    TOLD = "told"  #: the attempt runs and was told
    LATER = "later"  #: no slot has begun it; if one does, it is told at once
    UNKNOWN = "unknown"  #: it has ended, or was never here


class Pool:
    """The processes below the worker."""

    def __init__(self, plan: PoolPlan) -> None:
        self._stops = Stops()
        self._later = Postponed()
        self._succession = Succession(plan, self._stops)
        self._said: list[Event] = []  #: heard while frames were read back
        self._look_at = math.inf  #: when to see whether what was sent is running

    def start(self) -> None:
        """Fork the template, which imports the task modules and forks the slots; `Ready` follows.

        This process becomes a subreaper. Children that it has already are left alone for ever.
        """
        self._succession.found()

    def resize(self, slots: int) -> None:
        """Have so many slots, up to the plan's `most`. No attempt is touched: of too many, those go that are free."""
        self._succession.resize(slots)

    def sources(self) -> list[int]:
        """Descriptors that are readable when `events` has something to say. They stay the same for good."""
        return [self._succession.fileno()]

    def next_due(self) -> float:
        """Monotonic time at which `events` is to be called at the latest; infinite if there is none."""
        hearing = self._succession.hearing
        forks: Iterable[float] = hearing.fork_at.values() if hearing else ()
        look_at = -math.inf if self._said else self._look_at
        return min([self._stops.next_due(), self._succession.next_due(), look_at, *forks])

    @property
    def _generation(self) -> Generation | None:
        return self._succession.generation

    def dispatch(self, frames: Sequence[Frame], together: int = 1) -> int:
        """Offer frames to whichever slot is free, in their order. Answers how many it took.

        Those that it did not take stay the caller's, to be offered again when something has finished. `together`: how
        many of them may stand in one slot's hand, for whoever knows them to be short.
        """
        if self._generation is None or self._succession.homeless:
            return 0
        self._look_at = min(self._look_at, time.monotonic() + LOOK)
        return self._generation.dispatch.send(frames, together)

    def read_back(self) -> list[Frame]:
        """Take back the frames that no slot has begun: nobody here will run them.

        Not among them is one that a slot is about to begin in this very moment, or begins when it is let (SIGCONT).
        """
        frames, self._succession.homeless = self._succession.homeless, []
        generation, hearing = self._generation, self._succession.hearing
        if generation is not None and hearing is not None:
            generation.dispatch.withdraw()
            hearing.listen(self._said, _AT_ONCE)
            frames = generation.dispatch.take_back() + frames
        for frame in frames:
            self._later.take(frame.key)
        return frames

    def events(self) -> list[Event]:
        """What has happened since the last call. Never blocks."""
        now = time.monotonic()
        said, self._said = self._said, []
        self._succession.run_once(now)
        generation, hearing = self._generation, self._succession.hearing
        if generation is None or hearing is None:
            refusal, self._succession.refusal = self._succession.refusal, ""
            return [*said, CannotFork(None, refusal)] if refusal else said
        hearing.listen(said, _AT_ONCE)
        self._look(generation, hearing, said, now)
        self._enforce(generation, hearing, now)
        generation.flush()
        generation.dispatch.send_returned()
        if self._succession.template_is_dead:
            self._succession.kill_slots()
            hearing.listen(said)
            for slot in generation.slots:
                hearing.attempts.last_words(slot, said)
            said += self._succession.bury()
        else:
            generation.table.may_sleep()
            hearing.attempts.read_rings(said)
        self._look_at = now + LOOK if generation.dispatch.under_way else math.inf
        if self._later:
            self._later.forget_ended(said)
        return said

    def _look(self, generation: Generation, hearing: Hearing, events: list[Event], now: float) -> None:
        """See what runs: a job that turns out long must be known to run, and hold up no other."""
        hearing.attempts.look(math.inf if self._later else now - _SOON_OVER, events)
        if self._later:
            for begun in list(generation.dispatch.begun.values()):
                if stop := self._later.take(begun.frame.key):
                    self.stop(*begun.frame.key, stop)
        if generation.dispatch.sent and hearing.attempts.held_up(now):
            generation.dispatch.withdraw()
            hearing.listen(events, _AT_ONCE)

    def stop(self, id: str, fence: int, stop: Stop) -> Stopped:  # noqa: A002
        """Tell one attempt to end. It hits nobody else, however late it comes.

        `Finished` follows with what the attempt came to. A stop that is not obeyed within its grace ends in a KILL of
        the slot, also of one that never comes to begin it; so `events` must go on being called, by `next_due`.
        """
        generation, hearing = self._generation, self._succession.hearing
        serial = generation.dispatch.serial_of((id, fence)) if generation else None
        if serial is None and not self._succession.keeps((id, fence)):
            return Stopped.UNKNOWN
        if hearing is not None:
            hearing.attempts.look(math.inf, self._said)
        begun = generation.dispatch.begun.get(serial) if generation and serial is not None else None
        if generation is None or serial is None or begun is None:
            self._later.keep((id, fence), stop, time.monotonic())
            return Stopped.LATER
        seen = generation.slots.get(begun.slot)
        row = generation.table.row(begun.slot)
        if self._stops.aim(serial, begun.slot, row, stop, time.monotonic()):
            return Stopped.TOLD  # what cannot be told is killed at the next `events`, after the last reports are read
        if seen is not None:
            seen.signal(STOP_SIGNAL)
        return Stopped.TOLD

    def answer(self, token: int, reply: Mapping[str, Any]) -> None:
        """Answer what a job has asked for (`Asked`)."""
        if self._generation is not None:
            self._generation.tell(answer=token, reply=dict(reply))

    def _enforce(self, generation: Generation, hearing: Hearing, now: float) -> None:
        """Kill the slots of attempts that were not stopped in time, and fork slots that are missing."""
        for serial, aimed in self._stops.overdue(now):
            seen = generation.slots.get(aimed.slot)
            if seen is None or serial not in generation.dispatch.begun:
                continue
            if generation.table.row(aimed.slot).current != serial and not aimed.spared:
                aimed.spare(now)  # the slot has moved on, and its report of the end is on its way
                continue
            aimed.killed = seen.killed = True
            seen.signal(signal.SIGKILL)
        for key in self._later.overdue(now):
            generation.kill_who_holds(key)
        for slot in [slot for slot, at in hearing.fork_at.items() if at <= now]:
            del hearing.fork_at[slot]
            if not generation.closing:
                generation.tell(fork=slot)

    def close(self, grace: float = 2.0) -> None:
        """End every process of this pool, running attempts included, and wait for that."""
        self._succession.end(grace)


__all__ = ["Pool", "PoolPlan", "Stop", "Stopped", "Why"]
