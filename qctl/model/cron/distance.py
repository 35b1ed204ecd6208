"""How close two times of an expression come to each other: by arithmetic, since every start of qctl may ask."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from qctl.model.cron.expression import Cron

_FIRST_DAY: Final = date(2024, 1, 1)
_DAYS: Final = 5 * 366  #: looked at: two of them are a 29th of February
_DAY: Final = 86_400


def interval_ms(cron: Cron) -> int:
    """The least distance between two of its times, in ms, as clocks show them; of rare ones at least so much."""
    found = _DAY * _DAYS
    width = 0  # seconds from the first to the last time of the unit below
    for values, unit in ((cron.second, 1), (cron.minute, 60), (cron.hour, 3600)):
        found = min(found, _least(values) * unit - width if len(values) > 1 else found)
        width += (max(values) - min(values)) * unit
    between_days = _least(_due_days(cron)) * _DAY - width
    return min(found, between_days) * 1000


def _due_days(cron: Cron) -> list[int]:
    """Days on which it is due, counted from a first one, up to two that follow each other."""
    found: list[int] = []
    for number in range(_DAYS):
        if cron.on(_FIRST_DAY + timedelta(days=number)):
            found.append(number)
            if found[-2:] == [number - 1, number]:
                break
    return found


def _least(values: Iterable[int]) -> int:
    return min((later - earlier for earlier, later in pairwise(sorted(values))), default=_DAYS)
