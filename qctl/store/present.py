"""A walk through the present: the ids of jobs that have not ended, the running ones first, then as they are claimed.

Only as many are read as somebody takes. A place in an index is a score, and no rank: what is claimed meanwhile from its
head shifts none of those that are still to come.
"""

from __future__ import annotations

from itertools import islice

from qctl.store.command import Command
from qctl.store.replies import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Sequence
    from typing import Any, Protocol

    from qctl.store.store import Store

    class Part(Protocol):
        """Jobs of one kind; `done` when there are no more of them, or no more are to be told."""

        rows: deque[str]
        done: bool

        def ask(self, size: int) -> Command[Any]:
            """Ask for the next ones, about so many."""

        def take(self, answer: Any) -> None:
            """Have the answer."""
else:
    from _collections import deque  # `collections` itself takes a while


class Present:
    """One walk. `total` is how many jobs there are, as it was begun."""

    def __init__(self, store: Store, owned: Sequence[str], parts: Sequence[Part], total: int, *, cut: bool) -> None:
        self.total = total
        self.cut = cut  #: of one kind there are more than are told
        self._store = store
        self._owned = deque(owned)
        self._parts = deque(parts)

    def page(self, count: int) -> list[str]:
        """The next ids, fewer than `count` only at the end."""
        found = _taken(self._owned, count)
        while len(found) < count and self._parts:
            part = self._parts[0]
            if not part.rows and not part.done:
                self._fill(count - len(found))
            found += _taken(part.rows, count - len(found))
            if not part.rows and part.done:
                self._parts.popleft()
        return found

    def _fill(self, size: int) -> None:
        """Let each kind that none is at hand of have some, all in one round trip: many have few."""
        empty = [part for part in self._parts if not part.rows and not part.done]
        for part, answer in zip(empty, self._store.do_all([part.ask(size) for part in empty]), strict=True):
            part.take(answer)


class Ordered:
    """Jobs in the order of an index, `most` of them at the most."""

    def __init__(self, key: str, most: int) -> None:
        self.rows: deque[str] = deque()
        self.done = False
        self._key = key
        self._left = most
        self._from = "-inf"
        self._seen: frozenset[str] = frozenset()  #: at the place that the walk has come to

    def ask(self, size: int) -> Command[Any]:
        self._size = min(size, self._left) + len(self._seen)
        words = ("ZRANGE", self._key, self._from, "+inf", "BYSCORE", "LIMIT", 0, self._size, "WITHSCORES")
        return Command(words, texts)

    def take(self, answer: Sequence[str]) -> None:
        names, places = answer[::2], answer[1::2]
        fresh = [name for name in names if name not in self._seen]
        self.rows.extend(fresh)
        self._left -= len(fresh)
        self.done = len(names) < self._size or self._left <= 0 or not fresh
        if fresh:
            last = places[-1]
            at_it = frozenset(name for name, place in zip(names, places, strict=True) if place == last)
            self._seen = at_it | self._seen if last == self._from else at_it
            self._from = last


class Unordered:
    """Jobs of a set, `most` of them at the most."""

    def __init__(self, key: str, most: int) -> None:
        self.rows: deque[str] = deque()
        self.done = False
        self._key = key
        self._most = most
        self._told: set[str] = set()

    def ask(self, size: int) -> Command[Any]:
        self._size = min(len(self._told) + size, self._most)
        return Command(("SRANDMEMBER", self._key, self._size), texts)

    def take(self, answer: Sequence[str]) -> None:
        self.rows.extend(name for name in answer if name not in self._told)
        self._told.update(self.rows)
        self.done = len(answer) < self._size or self._size >= self._most or not self.rows


def _taken(rows: deque[str], count: int) -> list[str]:
    found = list(islice(rows, count))
    for _ in found:
        rows.popleft()
    return found
