"""What is read again only after a while."""

from __future__ import annotations

from typing import Generic, TypeVar

from qctl.clock import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Kept(Generic[T]):
    """Something that is read again when so many seconds have passed, or `since` when it was read has become another."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._found: T | None = None
        self._since: object = None
        self._until = 0.0

    def get(self, read: Callable[[], T], since: object = None) -> T:
        if self._found is None or since != self._since or monotonic() >= self._until:
            self._found, self._since, self._until = read(), since, monotonic() + self._seconds
        return self._found
