"""Time limits of running attempts, on the monotonic clock.

Every entry names (id, fence), so that a limit that comes late meets nobody else. Owns the timers, not the killing.
"""

from __future__ import annotations

import heapq
import math
from enum import IntEnum
from itertools import count

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

LEFT: Final = 1000  #: entries of attempts that are over, which may stay whatever else there is
Key = tuple[str, int]  #: id and fence: one attempt, for ever


class Step(IntEnum):
    """What is due."""

    SOFT = 1
    HARD = 2
    TOTAL = 3  #: of all attempts together


@dataclass(frozen=True, slots=True)
class Due:
    """A limit that an attempt has reached."""

    key: Key
    step: Step


class Limits:
    """A heap of instants. Attempts that ended are forgotten lazily: their entries find nobody and fall away.

    Most attempts end long before their limit, which may be a day: so the heap is cleared when most of it is of those.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Due]] = []
        self._watched: dict[Key, int] = {}  #: attempt -> entries of it that are still in the heap
        self._over = 0  #: entries in the heap of attempts that are over
        self._order = count()

    def watch(self, key: Key, step: Step, at: float) -> None:
        """Let a step fall due at a monotonic time. Infinite times are not kept."""
        if math.isinf(at):
            return
        self._watched[key] = self._watched.get(key, 0) + 1
        heapq.heappush(self._heap, (at, next(self._order), Due(key, step)))

    def forget(self, key: Key) -> None:
        """The attempt is over."""
        self._over += self._watched.pop(key, 0)
        if self._over > max(LEFT, len(self._heap) // 2):
            self._heap = [entry for entry in self._heap if entry[2].key in self._watched]
            heapq.heapify(self._heap)
            self._over = 0

    def next_due(self) -> float:
        """When to ask again; infinite if nothing is watched."""
        while self._heap and self._heap[0][2].key not in self._watched:
            heapq.heappop(self._heap)
            self._over -= 1
        return self._heap[0][0] if self._heap else math.inf

    def run_once(self, now: float) -> Iterator[Due]:
        """Say what has fallen due, each once."""
        while self.next_due() <= now:
            due = heapq.heappop(self._heap)[2]
            self._watched[due.key] -= 1
            yield due
