"""What a server clock that is wrong, or was set back, means for schedules."""

from __future__ import annotations

from typing import Final

from qctl.model.schedule import Schedule
from qctl.model.timing import ByCron

#: 2026-01-01: a server clock before it is not set yet, as on a machine without a battery after its boot (C5).
CLOCK_SET_MS: Final = 1_767_225_600_000
SMALL_MS: Final = 60_000  #: a smaller step needs no decision: the cursor alone sees to it that nothing runs twice (C6)
FOLLOWED_MS: Final = 3 * 3_600_000  #: cron takes a step of more than three hours for a correction


def follows_the_clock_back(schedule: Schedule, cursor_ms: int, now_ms: int) -> bool:
    """Whether a schedule follows a clock that was set back (C4): one for every matching minute does, up to 3 h.

    One of fixed times does not: what has run is not repeated. After a longer step nothing is.
    """
    wildcard = isinstance(schedule.timing, ByCron) and schedule.timing.cron.wildcard
    return wildcard and SMALL_MS < cursor_ms - now_ms <= FOLLOWED_MS
