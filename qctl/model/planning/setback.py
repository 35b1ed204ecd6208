"""What a server clock that is wrong, or was set back, means for schedules.

A clock that was ahead for a while leaves schedules behind whose past is still to come. They go on from the present when
the clock is right again. What has run is not repeated, with one exception: cron lets jobs for every matching minute
follow a clock that is set back by up to three hours.
"""

from __future__ import annotations

from qctl.model.timing import ByCron

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.schedule import Schedule

#: 2026-01-01: a server clock before it is not set yet, as on a machine without a battery after its boot (C5).
CLOCK_SET_MS: Final = 1_767_225_600_000
SMALL_MS: Final = 60_000  #: a smaller step needs no decision: the cursor alone sees to it that nothing runs twice (C6)
FOLLOWED_MS: Final = 3 * 3_600_000  #: cron takes a step of more than three hours for a correction


def lies_ahead(latest_ms: int, now_ms: int) -> bool:
    """Whether the latest that a schedule says of its past is so far in the future that the clock was set back.

    By a clock that is not set yet everything lies there, and says nothing.
    """
    return now_ms >= CLOCK_SET_MS and latest_ms - now_ms > SMALL_MS


def followed_ms(schedule: Schedule) -> int:
    """The longest step back after which the instants of a schedule come once more (C4); 0: after none (C5)."""
    wildcard = isinstance(schedule.timing, ByCron) and schedule.timing.cron.wildcard
    return FOLLOWED_MS if wildcard else 0
