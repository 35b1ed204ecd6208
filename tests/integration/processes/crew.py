"""A pool as a test drives it: submit a call, pump the events, look at what was said."""

from __future__ import annotations

import math
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from types import EllipsisType
from typing import Any, TypeVar

from qctl.config import Config
from qctl.engine.processes.events import Event, Finished, Ready, Started
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.pool import Pool, PoolPlan
from qctl.model.call import Call, Kind
from qctl.model.ended import Ended
from qctl.model.output import Log, unpack
from qctl.model.task import Param, ParamType, Task
from qctl.model.workflow.inputs import Input, encode
from tests.support.descriptors import none_left
from tests.support.processes import look_at

CODE = Path(__file__).parent / "code"
Key = tuple[str, int]
Seen = TypeVar("Seen", bound=Event)


def python(name: str, *params: str, module: str = "process_tasks", **options: Any) -> Task:
    """A task of a module in CODE, whose parameters take any JSON."""
    declared = tuple(Param(name=param, type=ParamType.JSON) for param in params)
    return Task(name=name, kind=Kind.CALL, call=f"{module}:{name}", params=declared, **options)


def shell(text: str, name: str = "sh", **options: Any) -> Task:
    """A `run` task."""
    return Task(name=name, kind=Kind.RUN, run=text, **options)


class Crew:
    """A started pool, and everything that it has said."""

    def __init__(self, directory: Path, tasks: Iterable[Task], slots: int = 1, **plan: Any) -> None:
        config = Config(tasks={task.name: task for task in tasks}, python_path=(str(CODE),))
        self.pool = Pool(PoolPlan(config=config, slots=slots, directory=str(directory / "run"), **plan))
        self.events: list[Event] = []
        self.ended: dict[Key, Ended] = {}
        self._ids = count(1)
        self.pool.start()

    def pump(self, patience: float = 0.05) -> list[Event]:
        """Hear what there is to hear, waiting at most `patience` seconds for the first word."""
        wait = max(0.0, min(patience, self.pool.next_due() - time.monotonic()))
        select.select(self.pool.sources(), [], [], wait)
        news = list(self._whole(self.pool.events()))
        self.events += news
        for event in news:
            if isinstance(event, Finished):
                assert (event.id, event.fence) not in self.ended, "ended twice"
                self.ended[event.id, event.fence] = event.ended
        return news

    @staticmethod
    def _whole(news: Iterable[Event]) -> Iterator[Event]:
        """With the starts of attempts that were heard of when they were over."""
        for event in news:
            if isinstance(event, Finished) and event.began:
                yield Started(event.id, event.fence, -1, event.pid, event.began)
            yield event

    def until(self, predicate: Callable[[], Any], within: float = 60.0) -> Any:
        """Pump until something is so."""
        deadline = time.monotonic() + within
        while not (answer := predicate()):
            assert time.monotonic() < deadline, f"not within {within} s; the last events: {self.events[-5:]}"
            self.pump()
        return answer

    def told(self, kind: type[Seen], within: float = 60.0) -> Seen:
        """Wait for an event of a kind, hearing only what is said: nothing is found out because time has passed."""
        deadline = time.monotonic() + within
        while not (found := self.of(kind)):
            if self.pool.next_due() > -math.inf:  # it has told all that it has heard
                readable, _, _ = select.select(self.pool.sources(), [], [], max(0.0, deadline - time.monotonic()))
                assert readable, f"nothing was said; the last events: {self.events[-5:]}"
            self.pump()
        return found[0]

    def submit(
        self,
        task: str,
        params: dict[str, Any] | None = None,
        *,
        fence: int = 1,
        attempt: int = 1,
        kept_apart: bytes = b"",
        received: Input | EllipsisType = ...,
        **call: Any,
    ) -> Key:
        """Dispatch a call, by default of somebody who has the task's definition. It may be given what it receives."""
        body = Call(task=task, params=params or {}, **{"hash": "0" * 12, **call}).encode()
        passed = b"" if received is ... else encode(received)
        frame = Frame(f"job{next(self._ids):05}", fence, attempt, body, "default", kept_apart, passed)
        self.until(lambda: self.pool.dispatch([frame]))
        return frame.key

    def submit_together(self, calls: Iterable[tuple[str, dict[str, Any]]]) -> list[Key]:
        """Dispatch calls in one hand."""
        bodies = [Call(task=task, params=params, hash="0" * 12).encode() for task, params in calls]
        frames = [Frame(f"job{next(self._ids):05}", 1, 1, body, "default") for body in bodies]
        self.ready()
        sent = 0
        while sent < len(frames):
            sent += self.pool.dispatch(frames[sent:], len(frames))
            if sent < len(frames):  # the socket is full
                self.pump()
        return [frame.key for frame in frames]

    def finish(self, key: Key, within: float = 60.0) -> Ended:
        """Wait for the end of an attempt."""
        self.until(lambda: key in self.ended, within)
        return self.ended[key]

    def run(self, task: str, params: dict[str, Any] | None = None, **call: Any) -> Ended:
        """Submit and wait."""
        return self.finish(self.submit(task, params, **call))

    def start(self, task: str, params: dict[str, Any] | None = None, **call: Any) -> tuple[Key, Started]:
        """Submit and wait until a slot has begun it."""
        key = self.submit(task, params, **call)
        return key, self.until(lambda: next((e for e in self.of(Started) if (e.id, e.fence) == key), None))

    def lose_idle_slot(self, busy: int) -> None:
        """Have the slot beside the one of this pid die, and be waited for, while the template may open nothing."""
        generation = self.pool._generation
        assert generation is not None
        self.until(lambda: len(generation.slots) == 2)
        (idle,) = (seen.pid for seen in generation.slots.values() if seen.pid != busy)
        with none_left(process=self.template):
            os.kill(idle, signal.SIGKILL)
            self.until(lambda: look_at(idle) is None)
            self.pump()

    def of(self, kind: type[Seen]) -> list[Seen]:
        """The events of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def ready(self) -> Ready:
        """Wait for the template."""
        self.until(lambda: self.of(Ready))
        return self.of(Ready)[0]

    @property
    def template(self) -> int:
        """The pid of the newest template."""
        self.ready()
        return self.of(Ready)[-1].pid


def log(ended: Ended) -> Log:
    """What an attempt printed."""
    return unpack(ended.packed_log)


def value(ended: Ended) -> bytes:
    """The value that an attempt came to."""
    assert ended.value is not None, ended
    return ended.value.data
