"""The selector of a worker tells what can be read or written, as the library's does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE

import pytest

from qctl.engine.readiness import Readiness


@pytest.fixture
def readiness() -> Iterator[Readiness]:
    made = Readiness()
    yield made
    made.close()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def told(readiness: Readiness) -> list[object]:
    return [key.data for key, _ in readiness.select(0.0)]


def test_it_tells_what_can_be_read(readiness: Readiness, pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    readiness.register(reading, EVENT_READ, "read")
    assert told(readiness) == []
    os.write(writing, b".")
    assert told(readiness) == ["read"]
    assert readiness.get_map()[reading].data == "read"


def test_it_tells_what_can_be_written_once_it_is_asked_for_that(readiness: Readiness, pipe: tuple[int, int]) -> None:
    _, writing = pipe
    readiness.register(writing, 0, "nothing")
    assert told(readiness) == []
    readiness.modify(writing, EVENT_WRITE, "write")
    assert told(readiness) == ["write"]


def test_what_is_watched_no_more_is_not_told_even_if_it_was_closed_before(readiness: Readiness) -> None:
    reading, writing = os.pipe()
    readiness.register(writing, EVENT_WRITE, "write")
    os.close(writing)
    assert readiness.unregister(writing).data == "write"
    assert told(readiness) == []
    os.close(reading)


def test_a_descriptor_is_watched_once(readiness: Readiness, pipe: tuple[int, int]) -> None:
    readiness.register(pipe[0], EVENT_READ)
    with pytest.raises(KeyError, match="is watched already"):
        readiness.register(pipe[0], EVENT_READ)
