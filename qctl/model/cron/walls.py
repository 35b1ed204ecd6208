"""Naive local times that match an expression, in order: croniter's part, which knows of no zone.

croniter gets one conjunction at a time, in numbers, so that nothing of how it reads day fields, names and backward
ranges matters. A rule that it cannot read is given to it as the days among which all of its days are, and sifted.
"""

from __future__ import annotations

import heapq
from datetime import datetime, time
from itertools import groupby

from qctl.classes import dataclass
from qctl.model.cron.days import EVERY_DAY, EVERY_WEEKDAY, WORKDAYS, DayRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Track:
    """One rule of days with the times of day, as croniter is told."""

    expression: str
    rule: DayRule
    sifted: bool  #: croniter answers days that the rule does not mean

    def after(self, wall: datetime) -> Iterator[datetime]:
        """The matching times after one, until the calendar ends."""
        walker = _walker(self.expression, wall)
        while True:
            try:
                found = walker.get_next(datetime)
            except (ValueError, OverflowError):  # beyond the year 9999
                return
            if not self.sifted or self.rule.fits(found.date()):
                yield found
            else:
                walker.set_current(datetime.combine(found, _LAST_SECOND))


def track(times: Sequence[frozenset[int]], months: frozenset[int], rule: DayRule) -> Track:
    """The track of one rule: `times` are seconds, minutes and hours."""
    seconds, minutes, hours = (_listed(values, size) for values, size in zip(times, (60, 60, 24), strict=True))
    head = [minutes, hours] if seconds == "0" else [seconds, minutes, hours]
    days, weekdays, sifted = rule.days, rule.weekdays, not rule.by_numbers
    if rule == DayRule(last=True):
        return Track(" ".join([*head, "l", _listed(months, 12), "*"]), rule, False)
    if rule.last:
        days &= frozenset(range(28, 32))
    if rule.final_week:
        days &= frozenset(range(22, 32))
    if rule.last_workday:
        days, weekdays = days & frozenset(range(26, 32)), weekdays & WORKDAYS
    if rule.nearest:
        days, weekdays = days & frozenset(range(rule.nearest - 2, rule.nearest + 3)), weekdays & WORKDAYS
    listed = [_listed(days, len(EVERY_DAY)), _listed(months, 12), _listed(weekdays, len(EVERY_WEEKDAY))]
    return Track(" ".join([*head, *listed]), rule, sifted)


def matching(ways: Sequence[Track], wall: datetime) -> Iterator[datetime]:
    """The times of several tracks after one, each once."""
    if len(ways) == 1:
        return ways[0].after(wall)
    return (found for found, _ in groupby(heapq.merge(*(way.after(wall) for way in ways))))


def _listed(values: frozenset[int], size: int) -> str:
    return "*" if len(values) == size else ",".join(map(str, sorted(values)))


def _walker(expression: str, wall: datetime) -> Any:
    """A croniter that begins after a time, for which both day fields must hold."""
    import croniter  # twenty milliseconds, which only what looks ahead is worth

    return croniter.croniter(
        expression, wall, day_or=False, implement_cron_bug=True, second_at_beginning=True, max_years_between_matches=50
    )
