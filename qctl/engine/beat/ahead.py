"""The instants that a schedule comes to next: each is found once, however often it is looked at."""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from qctl.model.cron import Due
    from qctl.model.schedule import Schedule


class Ahead:
    """A walk through the instants of a schedule that goes on where it was left: to begin one is what costs."""

    def __init__(self, schedule: Schedule, zone: tzinfo) -> None:
        self._schedule = schedule
        self._zone = zone
        self._origin_ms: int | None = None
        self._cursor_ms = 0  #: after which instants were asked for last
        self._last_ms = 0  #: up to which the walk has come
        self._walk: Iterator[Due] = iter(())
        self._found: deque[Due] = deque()  #: those that were looked at and lie after the cursor

    def after(self, cursor_ms: int, origin_ms: int) -> Iterator[Due]:
        """The instants after a cursor, in order."""
        set_back = cursor_ms < self._cursor_ms or origin_ms != self._origin_ms
        self._cursor_ms, self._origin_ms = cursor_ms, origin_ms
        while self._found and self._found[0].ms <= cursor_ms:
            self._found.popleft()
        if set_back or (not self._found and self._last_ms != cursor_ms):
            self._walk = self._schedule.timing.upcoming(cursor_ms, self._zone, origin_ms)
            self._last_ms = cursor_ms
            self._found.clear()
        return self._look()

    def _look(self) -> Iterator[Due]:
        yield from tuple(self._found)
        for due in self._walk:
            self._found.append(due)
            self._last_ms = due.ms
            yield due
