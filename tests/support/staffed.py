"""A home of its own with a worker, for tests that share one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.command_line import Home
from tests.support.waiting import eventually


@contextmanager
def staffed(tasks: str) -> Iterator[Home]:
    """A folder with these tasks, over an embedded server with a worker of four slots. Nothing is left of it."""
    home = Home()
    home.write("tasks.toml", tasks)
    worker = home.start("worker", "-c", "4")
    eventually(lambda: "idle" in home.run("worker", "list").stdout, within=20.0)
    yield home
    assert worker.stop().code == 0
    home.run("down")
    assert home.remove() == []
