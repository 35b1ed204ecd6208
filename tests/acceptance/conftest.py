"""What most acceptance tests stand in: a folder with the tasks of their module, and perhaps a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from qctl.store import Store, open_store
from tests.support import Home, eventually
from tests.support.full_screen import FullScreen
from tests.support.help_scene import Scene

Draw = Callable[..., FullScreen]


@pytest.fixture
def site(shared_home: Home, request: pytest.FixtureRequest) -> Home:
    """A folder with the module's TASKS, over a server without a worker."""
    shared_home.write("tasks.toml", request.module.TASKS)
    return shared_home


@pytest.fixture
def manned(site: Home) -> Iterator[Home]:
    """The same with a worker of two slots that takes work."""
    worker = site.start("worker", "-c", "2")
    eventually(lambda: "idle" in site.run("worker", "list").stdout, within=15.0)
    yield site
    assert worker.stop().code == 0


@pytest.fixture
def draw(site: Home) -> Iterator[Draw]:
    """`draw(*words, size=…, program=…, extra=…)` runs `qctl top` on a terminal of its own; none is left behind."""
    made: list[FullScreen] = []

    def start(*words: str, **how: Any) -> FullScreen:
        made.append(FullScreen(site, "top", *words, **how))
        return made[-1]

    yield start
    for terminal in made:
        terminal.let_go()


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """The machine of the examples of help and manual, with a worker; the tests of a module share it."""
    scene = Scene()
    scene.staff()
    yield scene
    scene.remove()


@pytest.fixture
def apart() -> Iterator[Scene]:
    """Another one, where nothing runs yet."""
    scene = Scene()
    yield scene
    scene.remove()


@pytest.fixture
def store(shared_home: Home, redis_url: str) -> Iterator[Store]:
    """The store behind that home, to seed and to look."""
    opened = open_store(redis_url, shared_home.namespace or "qctl")
    yield opened
    opened.close()
