"""What is due next, of one schedule or of many in order: no Redis is asked."""

from __future__ import annotations

import heapq
from datetime import UTC, datetime
from itertools import islice, takewhile

from qctl import clock
from qctl.classes import dataclass
from qctl.config.timetable import zone_of
from qctl.model.held_back import first_to_start, window_of
from qctl.model.local_time import zone_name
from qctl.model.show import duration
from qctl.model.timing import Every, Once, OnEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo
    from typing import Any

    from qctl.model.cron import Due
    from qctl.model.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """One instant of a schedule; or a schedule that has none, with the reason as its note."""

    schedule: Schedule
    due: Due | None
    note: str = ""
    held_back: bool = False  #: it does not start, for the reason in the note

    @property
    def at(self) -> datetime | None:
        """The instant on the clocks of its own zone."""
        if self.due is None:
            return None
        return datetime.fromtimestamp(self.due.ms / 1000, UTC).astimezone(zone_of(self.schedule.timezone))

    def expression(self, shown_zone: tzinfo) -> str:
        """When it runs, in a few words: what was written, its jitter, and its zone where that is another."""
        words = [self.schedule.timing.shown]
        if self.schedule.jitter:
            words.append(f"+0-{duration(self.schedule.jitter)}")
        if not isinstance(self.schedule.timing, Every | Once | OnEvent) and self.schedule.timezone != zone_name(
            shown_zone
        ):
            words.append(self.schedule.timezone.rpartition("/")[2])
        return " ".join(words)

    def view(self, now_ms: int) -> Mapping[str, Any]:
        """This as programs read it."""
        at, due, schedule = self.at, self.due, self.schedule
        return {
            "schema": "qctl.due/1",
            "at": None if due is None else clock.rfc3339(due.ms),
            "local": None if at is None else at.isoformat(),
            "in_s": None if due is None else (due.ms - now_ms) / 1000,
            "task": schedule.task or None,
            "schedule": schedule.name or None,
            "expression": schedule.timing.shown,
            "timezone": schedule.timezone,
            "enabled": schedule.enabled,
            "note": self.note or None,
        }


def each_once(schedules: Iterable[Schedule], after_ms: int, now_ms: int) -> list[Upcoming]:
    """The next instant of each schedule that its blackout lets start, in order, then those that have none."""
    found = [_first(schedule, after_ms, now_ms) for schedule in schedules]
    return sorted((one for one in found if one.due), key=_when) + [one for one in found if one.due is None]


def all_in_order(
    schedules: Sequence[Schedule], after_ms: int, until_ms: int | None, now_ms: int, limit: int
) -> list[Upcoming]:
    """The first instants of all schedules together, up to one, then the schedules that have none at all."""
    merged = heapq.merge(*(_of(schedule, after_ms, now_ms) for schedule in schedules), key=_when)
    within = takewhile(lambda one: until_ms is None or _when(one) <= until_ms, merged)
    idle = [_never(schedule) for schedule in schedules if next(_of(schedule, after_ms, now_ms), None) is None]
    return [*islice(within, limit), *idle]


def first_of(found: Sequence[Upcoming], number: int) -> list[Upcoming]:
    """So many instants of those that were found, and the schedules that have none."""
    due = [one for one in found if one.due]
    return [*due[:number], *(one for one in found if one.due is None)]


def _first(schedule: Schedule, after_ms: int, now_ms: int) -> Upcoming:
    zone, found = zone_of(schedule.timezone), list(islice(_of(schedule, after_ms, now_ms), 1))
    if not found or not schedule.blackout:
        return found[0] if found else _never(schedule)
    dues = (one.due for one in _of(schedule, after_ms, now_ms) if one.due)
    due = first_to_start(schedule, zone, dues)
    return Upcoming(schedule=schedule, due=due, note=due.note if due else "in a blackout, as far as can be seen")


def _of(schedule: Schedule, after_ms: int, now_ms: int) -> Iterator[Upcoming]:
    if not schedule.enabled:
        return
    origin_ms = -(-min(now_ms, after_ms) // 1000) * 1000  # --from is an instant itself, and what is shown has seconds
    zone = zone_of(schedule.timezone)
    for due in schedule.timing.upcoming(after_ms, zone, origin_ms):
        note = due.note
        if window := window_of(schedule, zone, due.ms):
            yield Upcoming(schedule=schedule, due=due, note=f"does not start: blackout {window}", held_back=True)
            continue
        if isinstance(schedule.timing, Every) and schedule.task:
            note = "counted from now; a beat counts from when the schedule came to be"
        yield Upcoming(schedule=schedule, due=due, note=note)


def _never(schedule: Schedule) -> Upcoming:
    """A schedule without an instant to come, and why."""
    timing = schedule.timing
    if not schedule.enabled:
        note = "disabled in tasks.toml"
    elif isinstance(timing, OnEvent):
        note = "at boot" if timing.shown == "@reboot" else "when a beat starts"
    else:
        note = "over"
    return Upcoming(schedule=schedule, due=None, note=note)


def _when(one: Upcoming) -> int:
    assert one.due is not None
    return one.due.ms
