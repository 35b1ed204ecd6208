"""From an entry of the timetable to what is asked of the store for it."""

from __future__ import annotations

from qctl.classes import replace
from qctl.engine.beat.requests import run_of
from qctl.engine.beat.startups import is_of_boot
from qctl.errors import QctlError
from qctl.model.planning import CLOCK_SET_MS, Plan
from qctl.store.schedule_values import Firing, Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.config import Config
    from qctl.engine.beat.beat_log import BeatLog
    from qctl.engine.beat.entry import Entry
    from qctl.engine.beat.hosts import LiveHosts
    from qctl.engine.beat.requests import Spread
    from qctl.engine.beat.startups import StartUps

_NOTHING: Final = Plan(rows=(), new_cursor_ms=0, due_ms=0)


class Deciding:
    """Decides by what is known at the time."""

    def __init__(self, config: Config, startups: StartUps, spread: Spread, log: BeatLog, hosts: LiveHosts) -> None:
        self.config = config  #: by which jobs are made
        self._startups = startups
        self._spread = spread
        self._log = log
        self._hosts = hosts

    def firing(self, entry: Entry, now_ms: int) -> Firing | None:
        """What is to be asked for a schedule; None if it has nothing to do now."""
        state, boot = entry.state, entry.event
        plan, runs = _NOTHING, tuple[Run, ...]()
        if boot is None and now_ms < CLOCK_SET_MS:
            self._log.clock_not_set(now_ms)
            return None
        if boot is not None and is_of_boot(entry) and self._startups.came_after_boot(entry):
            cursor = max(now_ms, state.cursor_ms + 1)
            plan = replace(_NOTHING, new_cursor_ms=cursor, due_ms=now_ms)
        else:
            found = self._plan(entry, now_ms)
            if found is None:
                return None
            plan, runs = found
        return Firing(
            name=entry.name,
            generation=state.generation,
            cursor_ms=state.cursor_ms,
            active=state.active,
            new_cursor_ms=plan.new_cursor_ms,
            due_ms=plan.due_ms,
            rows=plan.rows,
            runs=runs,
            replaced=plan.replaced,
            boot=boot if boot and boot[1] else None,
        )

    def _plan(self, entry: Entry, now_ms: int) -> tuple[Plan, tuple[Run, ...]] | None:
        plan = entry.plan(now_ms)
        if plan is None:
            return None
        try:
            runs = self._runs(entry, plan, now_ms)
        except QctlError as error:
            self._log.broken(entry, str(error))
            plan, runs = entry.plan(now_ms, broken=str(error)) or plan, ()
            entry.broken, entry.unmade = None, str(error)
        else:
            entry.unmade = None
        if plan.dropped:
            self._log.dropped(entry, plan.dropped)
        return plan, runs

    def _runs(self, entry: Entry, plan: Plan, now_ms: int) -> tuple[Run, ...]:
        delay_ms = self._spread.delay_ms(plan.starts, now_ms)
        return tuple(
            run_of(
                entry.schedule, start, self.config, 0 if place else delay_ms, self._hosts.choose(entry.schedule.hosts)
            )
            for place, start in enumerate(plan.starts)
        )
