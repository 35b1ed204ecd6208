"""A screen that a pilot presses keys on, and what it did to an instance that is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from qctl.classes import replace
from qctl.client.watching import Snapshot, Want
from qctl.errors import QctlError
from qctl.tui.app import TopApp
from qctl.tui.course import Course
from qctl.tui.look import Look
from qctl.tui.screen import Screen
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances


@dataclass
class Instance:
    """What is looked at: `now` may be changed, an error is raised. `acted` is what the client was asked to do."""

    now: Snapshot | Exception = field(default_factory=instances.busy)
    wants: list[Want] = field(default_factory=list)
    acted: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def look(self, want: Want) -> Snapshot:
        self.wants.append(want)
        if isinstance(self.now, Exception):
            raise self.now
        return replace(self.now, page=replace(self.now.page, words=want.words), errors_sought=want.failures_words)

    def close(self) -> None:
        self.acted.append(("close", ()))


class AskedFor:
    """A client that remembers what it was asked for."""

    def __init__(self, instance: Instance, error: Exception | None) -> None:
        self._instance, self._error = instance, error

    def prioritise(self, ids: tuple[str, ...], by: int) -> list[str]:
        if self._error is not None:
            raise self._error
        self._instance.acted.append(("prioritise", (ids, by)))
        return ["6" for _ in ids]

    def close(self) -> None:
        self._instance.acted.append(("closed client", ()))


@dataclass
class Stage:
    """All that a test sees."""

    app: TopApp
    pilot: Pilot[None]
    course: Course
    instance: Instance

    async def until(self, true: Callable[[], object], within: float = 60.0) -> None:
        """Wait until something is so."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while not true():
            assert loop.time() < deadline, "it has not become so"
            await asyncio.sleep(0.01)

    def type(self, text: str) -> None:
        """Send keys as a terminal does when they come in one burst: none waits for what came of the one before."""
        for letter in text:
            self.app.post_message(events.Key(_key_of(letter), letter))

    def drawn(self) -> list[str]:
        """The lines that are on the screen."""
        return ["".join(span.text for span in line) for line in self.course.picture().lines]


@asynccontextmanager
async def staged(
    instance: Instance, size: tuple[int, int] = (80, 24), error: Exception | None = None, interval: float = 60.0
) -> AsyncIterator[Stage]:
    """A screen that has had its first look."""
    course = Course(Screen(interval=interval), instances.unanswered(), lambda _: Look(now_ms=NOW_MS))
    app = TopApp(instance, course, lambda: AskedFor(instance, error))  # type: ignore[arg-type,return-value]
    async with app.run_test(size=size) as pilot:
        stage = Stage(app, pilot, course, instance)
        await stage.until(lambda: (instance.wants and course.snapshot.health is not None) or _fails(instance))
        yield stage


def _fails(instance: Instance) -> bool:
    return isinstance(instance.now, QctlError)


def _key_of(letter: str) -> str:
    """What Textual names a key after."""
    return "enter" if letter == "\r" else _character_to_key(letter)


def played(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scene to its end."""
    asyncio.run(scene())
