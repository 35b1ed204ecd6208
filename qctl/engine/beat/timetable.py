"""Which schedule is to be fired next. What is not due costs nothing."""

from __future__ import annotations

import heapq
from itertools import count, islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from qctl.engine.beat.entry import Entry

SLACK: Final = 64  #: places that nobody has, beside one for each entry, before they are cleared away
BEHIND_MS: Final = 3000  #: others fire so much after the beat that fired a schedule last: it takes over within 10 s
MOST_BROKEN: Final = 50  #: broken schedules that a beat tells of with each pulse …
MOST_WORDS: Final = 300  #: … in so many letters each


class Timetable:
    """The entries by name, and those that are due by a clock by the server's time of the next try."""

    def __init__(self, led_by_another: Callable[[str], bool]) -> None:
        self.entries: dict[str, Entry] = {}
        self._led_by_another = led_by_another  #: whether a beat, by its id, is alive and another than this
        self._heap: list[tuple[int, int, Entry]] = []
        self._stamps = count(1)
        self._wrong: dict[str, Entry] = {}  #: those of which no job can be made, as of when they had a place last
        self._choosing: set[str] = set()  #: those that may run on one of several hosts

    @property
    def chooses_hosts(self) -> bool:
        """Whether any of them may run on one of several hosts."""
        return bool(self._choosing)

    def about(self) -> dict[str, Any]:
        """What a beat tells of its schedules to all who look."""
        wrong = ((name, entry.broken or entry.unmade) for name, entry in self._wrong.items())
        broken = islice(((name, why[:MOST_WORDS]) for name, why in wrong if why), MOST_BROKEN)
        return {"schedules": len(self.entries), "broken": dict(broken)}

    def put(self, entry: Entry, now_ms: int) -> None:
        """Enter a schedule, in place of what was there under its name."""
        old = self.entries.get(entry.name)
        if old is not None:
            old.stamp = 0
        self.entries[entry.name] = entry
        self.place(entry, now_ms)

    def remove(self, name: str) -> None:
        """Take a schedule out."""
        entry = self.entries.pop(name, None)
        self._wrong.pop(name, None)
        self._choosing.discard(name)
        if entry is not None:
            entry.stamp = 0

    def place(self, entry: Entry, now_ms: int, pause_ms: int = 0) -> None:
        """Find its next try, not before a pause; it leaves the place that it had."""
        entry.stamp = 0
        if self.entries.get(entry.name) is not entry:
            return
        self._note(entry)
        if entry.stands_down:
            return
        due = now_ms if entry.event is not None else entry.next_ms(now_ms)
        if due is None:
            return
        if entry.event is None and self._led_by_another(entry.state.fired_by):
            due += BEHIND_MS
        if pause_ms:
            due = max(due, now_ms + pause_ms)
        entry.stamp = next(self._stamps)
        heapq.heappush(self._heap, (due, entry.stamp, entry))
        if len(self._heap) > 2 * len(self.entries) + SLACK:  # places that were left lie there until they are due
            self._heap = [place for place in self._heap if place[1] == place[2].stamp]
            heapq.heapify(self._heap)

    def _note(self, entry: Entry) -> None:
        """Know of it what is asked every few seconds, so that nobody has to look at all of them for that."""
        self._wrong.pop(entry.name, None)
        if entry.broken or entry.unmade:
            self._wrong[entry.name] = entry
        if len(entry.schedule.hosts) > 1:
            self._choosing.add(entry.name)
        else:
            self._choosing.discard(entry.name)

    def next_ms(self) -> int | None:
        """The server's time of the next try."""
        while self._heap and self._heap[0][1] != self._heap[0][2].stamp:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now_ms: int) -> Entry | None:
        """The entry whose time has come first; None if none has. It has no place until it is given one."""
        due = self.next_ms()
        if due is None or due > now_ms:
            return None
        entry = heapq.heappop(self._heap)[2]
        entry.stamp = 0
        return entry
