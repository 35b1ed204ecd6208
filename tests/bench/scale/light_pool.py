"""Slots without processes: an attempt takes as long as it is told to, and its end is reported as a slot would."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush

from qctl.engine.processes.events import Event, Finished, Ready, Started
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.processes.table import Stop
from qctl.model.attempt import Value, ValueKind
from qctl.model.ended import Ended
from qctl.model.state import Outcome

VALUE = Value(ValueKind.JSON, b"1")


class LightPool:
    """Stands in the place of `Pool`. Each attempt takes `seconds`."""

    seconds = 0.0

    def __init__(self, plan: PoolPlan) -> None:
        self._slots = plan.slots
        self._waiting: deque[Frame] = deque()
        self._running: list[tuple[float, Frame]] = []
        self._said: deque[Event] = deque()
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def start(self) -> None:
        self._say(Ready(os.getpid()))

    def sources(self) -> list[int]:
        return [self._read]

    def resize(self, slots: int) -> None:
        self._slots = slots

    def next_due(self) -> float:
        return self._running[0][0] if self._running else float("inf")

    def dispatch(self, frames: Sequence[Frame], together: int = 1) -> int:
        del together
        self._waiting.extend(frames)
        self._begin(time.monotonic())
        return len(frames)

    def read_back(self) -> list[Frame]:
        frames = list(self._waiting)
        self._waiting.clear()
        return frames

    def stop(self, id: str, fence: int, stop: Stop) -> None:  # noqa: A002 - as of Pool
        self._running = [row for row in self._running if row[1].key != (id, fence)]
        self._say(Finished(id, fence, Ended(outcome=Outcome.CANCELLED), time.monotonic()))

    def answer(self, token: int, reply: dict[str, object]) -> None:
        """Nobody asks."""

    def events(self) -> list[Event]:
        now = time.monotonic()
        while self._running and self._running[0][0] <= now:
            _, frame = heappop(self._running)
            self._said.append(Finished(frame.id, frame.fence, Ended(outcome=Outcome.SUCCEEDED, value=VALUE), now))
        self._begin(now)
        with contextlib.suppress(BlockingIOError):
            os.read(self._read, 4096)
        said, self._said = list(self._said), deque()
        return said

    def close(self, grace: float = 2.0) -> None:
        os.close(self._read)
        os.close(self._write)

    def begun(self, frame: Frame) -> None:
        """An attempt begins."""

    def _begin(self, now: float) -> None:
        while self._waiting and len(self._running) < self._slots:
            frame = self._waiting.popleft()
            self.begun(frame)
            heappush(self._running, (now + self.seconds, frame))
            self._say(Started(frame.id, frame.fence, len(self._running), os.getpid(), now))

    def _say(self, event: Event) -> None:
        self._said.append(event)
        with contextlib.suppress(BlockingIOError):
            os.write(self._write, b".")
