"""The selector of a worker: what the library's does over epoll, with less done between the waking and the first answer.

What a process does first after it has slept is slow, for all of it has to be fetched into the processor's caches.
"""

from __future__ import annotations

import select
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, SelectorKey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from _typeshed import FileDescriptorLike

_MOST: Final = 64  #: descriptors that are told of at once


class Readiness(BaseSelector):
    """Which descriptors can be read or written. `select` tells for what one is watched, not which of it is so."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._keys: dict[int, SelectorKey] = {}

    def fileno(self) -> int:
        """Readable when `select` has something to tell."""
        return self._epoll.fileno()

    def register(self, fileobj: FileDescriptorLike, events: int, data: Any = None) -> SelectorKey:
        number = _number(fileobj)
        if number in self._keys:
            raise KeyError(f"descriptor {number} is watched already")
        self._epoll.register(number, _mask(events))
        key = self._keys[number] = SelectorKey(fileobj, number, events, data)
        return key

    def unregister(self, fileobj: FileDescriptorLike) -> SelectorKey:
        key = self._keys.pop(_number(fileobj))
        with suppress(OSError):  # it is closed
            self._epoll.unregister(key.fd)
        return key

    def modify(self, fileobj: FileDescriptorLike, events: int, data: Any = None) -> SelectorKey:
        number = _number(fileobj)
        self._epoll.modify(number, _mask(events))
        key = self._keys[number] = SelectorKey(fileobj, number, events, data)
        return key

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        keys = self._keys
        return [(keys[number], keys[number].events) for number, _ in self._epoll.poll(timeout, _MOST) if number in keys]

    def get_map(self) -> Mapping[FileDescriptorLike, SelectorKey]:
        return {key.fileobj: key for key in self._keys.values()}

    def close(self) -> None:
        self._epoll.close()
        self._keys.clear()


def _number(fileobj: FileDescriptorLike) -> int:
    return fileobj if isinstance(fileobj, int) else fileobj.fileno()


def _mask(events: int) -> int:
    return (select.EPOLLIN if events & EVENT_READ else 0) | (select.EPOLLOUT if events & EVENT_WRITE else 0)
