"""One schedule as a beat has it: what its file says, and what the store knows of it."""

from __future__ import annotations

import json

from qctl.classes import dataclass
from qctl.config.timetable import zone_of
from qctl.engine.beat.ahead import Ahead
from qctl.model.planning import CLOCK_SET_MS, Situation, plan_dues, plan_event
from qctl.model.schedule import LATE_MS, offset_ms
from qctl.store.schedule_values import Published

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo

    from qctl.model.planning import Plan
    from qctl.model.schedule import Schedule
    from qctl.store.schedule_values import Disabled, ScheduleState


@dataclass(slots=True)
class Entry:
    """One line of the timetable."""

    schedule: Schedule
    state: ScheduleState
    zone: tzinfo
    offset_ms: int
    ahead: Ahead
    standing: Published = Published.SAME
    broken: str | None = None  #: what is wrong with its task; the last definition that was right goes on
    unmade: str | None = None  #: why no job could be made of it when it was due last
    event: tuple[str, str] | None = None  #: (host, boot id) for which it has still to be fired; '' for a start of beat
    stamp: int = 0  #: of its valid place in the timetable
    under_way: bool = False  #: a firing of it is being answered
    looked: bool = False  #: it is disabled, and has just been looked at: nobody has enabled it since the last pulse
    refused: int = 0  #: times in a row that the store refused what was decided
    hushed: int = 0  #: starts in a row, until that one is in the way of the next is said again (O12)

    def renew(self, schedule: Schedule, state: ScheduleState, standing: Published, broken: str | None) -> None:
        """It was declared once more, with the same hash: its instants are the same, and need not be found anew."""
        self.schedule, self.state, self.standing, self.broken = schedule, state, standing, broken
        self.looked, self.refused = False, 0

    @property
    def name(self) -> str:
        return self.schedule.name

    @property
    def stands_down(self) -> bool:
        """Whether another definition than ours is in force."""
        return self.standing is Published.DRIFT

    def cursor_ms(self, now_ms: int) -> int:
        """From when on instants count. Those before the server's clock was set were never meant (C5)."""
        cursor = self.state.cursor_ms
        return now_ms - LATE_MS if cursor < CLOCK_SET_MS <= now_ms else cursor

    def situation(self, now_ms: int) -> Situation:
        """What the store knows of it, for a plan."""
        state = self.state
        disabled = state.disabled
        enabled_ms = state.enabled_ms
        if disabled is not None and disabled.until_ms is not None and disabled.until_ms <= now_ms:
            enabled_ms = max(enabled_ms, disabled.until_ms)
            disabled = None
        return Situation(
            cursor_ms=self.cursor_ms(now_ms),
            origin_ms=state.origin_ms,
            offset_ms=self.offset_ms,
            active=state.active,
            disabled=None if disabled is None else _words(disabled),
            enabled_ms=enabled_ms,
            broken=self.broken,
            turn=state.turn,
        )

    def next_ms(self, now_ms: int) -> int | None:
        """When it is due next, with its offset; None if by no clock."""
        due = next(self.ahead.after(self.cursor_ms(now_ms), self.state.origin_ms), None)
        return None if due is None else due.ms + self.offset_ms

    def plan(self, now_ms: int, broken: str | None = None) -> Plan | None:
        """What becomes of what is due now; None if nothing is. `broken`: why no job of it can be made."""
        self.broken = broken or self.broken
        situation = self.situation(now_ms)
        if self.event is not None:
            return plan_event(self.schedule, self.zone, situation, now_ms)
        upcoming = self.ahead.after(situation.cursor_ms, situation.origin_ms)
        return plan_dues(self.schedule, self.zone, situation, now_ms, upcoming=upcoming)


def entry_of(
    schedule: Schedule,
    state: ScheduleState,
    standing: Published = Published.SAME,
    broken: str | None = None,
) -> Entry:
    """A schedule with what the store knows of it. Raises KeyError if its zone is not known here."""
    seed = str(json.loads(schedule.definition)["seed"])
    zone = zone_of(schedule.timezone)
    ahead = Ahead(schedule, zone)
    return Entry(schedule, state, zone, offset_ms(seed, schedule.jitter), ahead, standing, broken=broken)


def _words(order: Disabled) -> str:
    return f"by {order.by or 'somebody'}" + (f": {order.reason}" if order.reason else "")
