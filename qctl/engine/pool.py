"""The pool: one template and its slots, as the worker's parent sees them.

Owns the processes below the worker and what they say. Knows nothing of Redis, leases or retries; starts no threads,
imports no task code, and waits for nothing but the death of what it has killed.
"""

from __future__ import annotations

import math
import os
import select
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

from qctl.engine import kernel, packets, reports, stops, tree
from qctl.engine.events import Event, TemplateDied
from qctl.engine.frames import Frame
from qctl.engine.generation import Generation, templates
from qctl.engine.hearing import PAUSE, Hearing
from qctl.engine.plan import PoolPlan
from qctl.engine.stopping import STOP_SIGNAL
from qctl.engine.stops import Stops
from qctl.engine.table import Stop

_AT_ONCE: Final = 512  #: reports read per call of `events`, so that the parent's turn stays short
_DEATH: Final = 0.2  #: seconds that a killed process may take to be gone


class Stopped(Enum):
    """What a stop request has found."""

    TOLD = "told"  #: the attempt runs and was told
    LATER = "later"  #: a slot is taking it just now; it is told as soon as it begins
    UNKNOWN = "unknown"  #: it has ended, or was never here


class Pool:
    """The processes below the worker."""

    def __init__(self, plan: PoolPlan) -> None:
        self._plan = plan
        self._watched = select.epoll()
        self._stops = Stops()
        self._later: dict[tuple[str, int], Stop] = {}
        self._generation: Generation | None = None
        self._hearing: Hearing | None = None
        self._begin_at = math.inf
        self._begun_at = 0.0
        self._homeless: list[Frame] = []  #: not begun when the template died
        self._strangers: frozenset[int] = frozenset()
        self._sweeping = False

    def start(self) -> None:
        """Fork the template, which imports the task modules and forks the slots; `Ready` follows.

        This process becomes a subreaper. Children that it has already are left alone for ever.
        """
        kernel.adopt_orphans()
        self._strangers = frozenset(tree.children(os.getpid()))
        os.makedirs(self._plan.directory, mode=0o700, exist_ok=True)
        self._begin()

    def _begin(self) -> None:
        self._begin_at, self._begun_at = math.inf, time.monotonic()
        self._generation = generation = Generation(self._plan)
        self._hearing = Hearing(generation, self._stops)
        self._watched.register(generation.reports.fileno(), select.EPOLLIN)
        self._watched.register(generation.pidfd, select.EPOLLIN)
        while self._homeless and generation.dispatch.send(self._homeless[0]):
            del self._homeless[0]

    def sources(self) -> list[int]:
        """Descriptors that are readable when `events` has something to say. They stay the same for good."""
        return [self._watched.fileno()]

    def next_due(self) -> float:
        """Monotonic time at which `events` is to be called at the latest; infinite if there is none."""
        forks: Iterable[float] = self._hearing.fork_at.values() if self._hearing else ()
        sweep = time.monotonic() + 0.05 if self._sweeping else math.inf
        return min([self._stops.next_due(), self._begin_at, sweep, *forks])

    def dispatch(self, frame: Frame) -> bool:
        """Offer a frame to whichever slot is free. False: keep it, and try again when something has finished."""
        if self._generation is None or self._homeless:
            return False
        return self._generation.dispatch.send(frame)

    def read_back(self) -> list[Frame]:
        """Take back the frames that no slot has taken: nobody here will run them."""
        frames = self._homeless
        self._homeless = []
        if self._generation is not None:
            frames = self._generation.dispatch.read_back() + frames
        return frames

    def events(self) -> list[Event]:
        """What has happened since the last call. Never blocks."""
        now = time.monotonic()
        if self._begin_at <= now:
            self._begin()
        if self._sweeping:
            self._sweep()
        generation, hearing = self._generation, self._hearing
        if generation is None or hearing is None:
            return []
        said = list(self._listen(generation, hearing))
        self._enforce(generation, hearing, now)
        generation.flush()
        generation.dispatch.send_returned()
        if os.waitid(os.P_PIDFD, generation.pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            said += self._template_died(generation, hearing)
        return said

    def _listen(self, generation: Generation, hearing: Hearing, most: float = _AT_ONCE) -> Iterator[Event]:
        """Read what slots and template have said."""
        heard = 0
        try:
            while heard < most and (message := packets.receive(generation.reports)) is not None:
                heard += 1
                for said in reports.records(message):
                    yield from hearing.hear(said)
                    if self._later and said.kind == reports.Kind.STARTED:
                        self._stop_now(generation, said.serial)
        except packets.Closed:
            return  # nobody is left who could say anything; the template's death follows

    def _stop_now(self, generation: Generation, serial: int) -> None:
        begun = generation.dispatch.begun.get(serial)
        stop = self._later.pop(begun.frame.key, None) if begun else None
        if begun and stop:
            self.stop(*begun.frame.key, stop)

    def stop(self, id: str, fence: int, stop: Stop) -> Stopped:  # noqa: A002
        """Tell one attempt to end. It hits nobody else, however late it comes.

        `Finished` follows with what the attempt came to. A stop that is not obeyed within its grace ends in a KILL of
        the slot; so `events` must go on being called, by `next_due`.
        """
        generation = self._generation
        serial = generation.dispatch.serial_of((id, fence)) if generation else None
        if generation is None or serial is None:
            return Stopped.UNKNOWN
        begun = generation.dispatch.begun.get(serial)
        if begun is None:
            self._later[(id, fence)] = stop
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
            aimed.killed = True
            if generation.table.row(aimed.slot).current == serial:
                seen.killed = True
                seen.signal(signal.SIGKILL)
        for slot in [slot for slot, at in hearing.fork_at.items() if at <= now]:
            del hearing.fork_at[slot]
            if not generation.closing:
                generation.tell(fork=slot)

    def _template_died(self, generation: Generation, hearing: Hearing) -> list[Event]:
        """Bury a generation, keep the frames that nobody has begun, and start another."""
        said: list[Event] = []
        for seen in generation.slots.values():
            seen.signal(signal.SIGKILL)
        for seen in generation.slots.values():
            tree.await_death(seen.pidfd, _DEATH)
        said += self._listen(generation, hearing, most=math.inf)
        for slot, seen in list(generation.slots.items()):
            said += hearing.bury(slot, seen, stops.crash(None, int(signal.SIGKILL)))
        os.waitpid(generation.pid, 0)
        self._homeless = generation.dispatch.abandon() + self._homeless
        self._forget(generation)
        self._sweeping = True
        self._sweep()
        hasty = time.monotonic() - self._begun_at < 1.0
        self._begin_at = time.monotonic() + (PAUSE if hasty else 0.0)
        return [*said, TemplateDied(generation.pid)]

    def _forget(self, generation: Generation) -> None:
        self._watched.unregister(generation.reports.fileno())
        self._watched.unregister(generation.pidfd)
        generation.close()
        self._generation = self._hearing = None

    def _sweep(self) -> None:
        """Kill and reap what fell to this process when the template died."""
        self._sweeping = not tree.kill_children(self._strangers | templates)

    def close(self, grace: float = 2.0) -> None:
        """End every process of this pool, running attempts included; wait up to `grace` seconds for that."""
        generation = self._generation
        if generation is not None:
            generation.closing = True
            generation.hang_up()
            if not tree.await_death(generation.pidfd, grace):
                os.kill(generation.pid, signal.SIGKILL)
            os.waitpid(generation.pid, 0)
            self._forget(generation)
        deadline = time.monotonic() + grace
        while not tree.kill_children(self._strangers | templates) and time.monotonic() < deadline:
            select.select([], [], [], 0.005)
        self._begin_at = math.inf
        self._watched.close()


__all__ = ["Pool", "PoolPlan", "Stop", "Stopped"]
