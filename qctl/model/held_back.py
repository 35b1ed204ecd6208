"""Which instants of a schedule its `blackout` keeps from starting."""

from __future__ import annotations

import json
from itertools import islice

from qctl.model.blackout import covering
from qctl.model.schedule import offset_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo
    from typing import Final

    from qctl.model.cron import Due
    from qctl.model.schedule import Schedule

_MOST: Final = 2000  #: instants in a row that are looked at
_HOUR_MS: Final = 3_600_000
_HOURS: Final = 60 * 24  #: of which one instant each is looked at, beyond those


def window_of(schedule: Schedule, zone: tzinfo, due_ms: int) -> str:
    """The window in which the start of an instant lies, its jitter added; empty if it may start."""
    if not schedule.blackout:
        return ""
    seed = str(json.loads(schedule.definition or b"{}").get("seed", schedule.name))
    return covering(schedule.blackout, zone, due_ms + offset_ms(seed, schedule.jitter))


def first_to_start(schedule: Schedule, zone: tzinfo, dues: Iterable[Due]) -> Due | None:
    """The first of some instants that may start; None if none of the next two thousand may."""
    return next((due for due in islice(dues, _MOST) if not window_of(schedule, zone, due.ms)), None)


def never_starts(schedule: Schedule, zone: tzinfo, now_ms: int) -> bool:
    """Whether its windows seem to let none of its instants start."""
    if not schedule.blackout or first_to_start(schedule, zone, schedule.timing.upcoming(now_ms, zone, now_ms)):
        return False
    far = list(_one_an_hour(schedule, zone, now_ms))
    near = next(iter(schedule.timing.upcoming(now_ms, zone, now_ms)), None)
    return near is not None and not first_to_start(schedule, zone, far)


def _one_an_hour(schedule: Schedule, zone: tzinfo, now_ms: int) -> Iterator[Due]:
    for hour in range(_HOURS):
        due = next(iter(schedule.timing.upcoming(now_ms + hour * _HOUR_MS, zone, now_ms)), None)
        if due is not None:
            yield due
