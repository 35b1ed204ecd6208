"""Waiting for a condition with a deadline: the only place of the suite that sleeps."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Seen = TypeVar("Seen")


def eventually(predicate: Callable[[], Seen], within: float = 5.0, every: float = 0.005) -> Seen:
    """Ask `predicate` every `every` seconds until what it answers is true, and return that.

    An AssertionError counts as a no, so a predicate may assert. After `within` seconds the last no is raised.
    """
    deadline = time.monotonic() + within
    while True:
        complaint: AssertionError | None = None
        answer: Seen | None = None
        try:
            answer = predicate()
        except AssertionError as error:
            complaint = error
        if complaint is None and answer:
            return answer
        if time.monotonic() > deadline:
            name = getattr(predicate, "__qualname__", predicate)
            raise AssertionError(f"{name} not within {within} s; last answer: {answer!r}") from complaint
        time.sleep(every)


def written(file: Path, within: float = 60.0) -> str:
    """Wait for what another process writes to a file, without the space around it; it is there, empty, before that."""

    def found() -> str:
        assert file.exists()
        return file.read_text().strip()

    return eventually(found, within)
