"""What this process has open: files, pipes and sockets, by descriptor."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from resource import RLIMIT_NOFILE, prlimit
from typing import Final

_FOLDER: Final = "/proc/self/fd"
_kept: Final = dict[int, str]()


def keep_open(*descriptors: int) -> None:
    """Say that these serve all tests from now on, whichever of them needed them first."""
    _kept.update((each, os.readlink(f"{_FOLDER}/{each}")) for each in descriptors)


@contextmanager
def none_left(numbers: int = 3, process: int = 0) -> Iterator[None]:
    """A process, or this one, may open nothing more from this number on; what it has started before may."""
    before = prlimit(process, RLIMIT_NOFILE)
    prlimit(process, RLIMIT_NOFILE, (numbers, before[1]))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            prlimit(process, RLIMIT_NOFILE, before)


def open_descriptors() -> Mapping[int, str]:
    """All of them, each with what it leads to: a path, or `socket:[inode]` and the like."""
    found = {}
    for name in os.listdir(_FOLDER):
        try:
            found[int(name)] = os.readlink(f"{_FOLDER}/{name}")
        except FileNotFoundError:  # it was the one of the listing itself
            continue
    return found


def opened_since(before: Mapping[int, str]) -> list[str]:
    """Descriptors that are open now and were not before; what only waits to be collected is collected first."""
    if not (new := _new(before)):
        return []
    gc.collect()
    new = _new(before)
    return [f"{descriptor} -> {target}" for descriptor, target in sorted(new.items())]


def _new(before: Mapping[int, str]) -> dict[int, str]:
    return {
        number: target
        for number, target in open_descriptors().items()
        if target not in (before.get(number), _kept.get(number))
    }
