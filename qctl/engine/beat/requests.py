"""From a planned start to the job that the store is to take: the same that `qctl run` would make of the task."""

from __future__ import annotations

from qctl.config.requests import BY_SCHEDULE, Options, Request, prepare
from qctl.store.schedule_values import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.config import Config
    from qctl.model.planning import Start
    from qctl.model.schedule import Schedule


class Spread:
    """Puts off the starts that schedules make up for after an absence, so that they do not come all at once (C8)."""

    def __init__(self, distance: float) -> None:
        self._distance_ms = round(distance * 1000)
        self._free_ms = 0

    def forget(self) -> None:
        """The clock was set back: what was put off before says nothing of the time that is now."""
        self._free_ms = 0

    def delay_ms(self, starts: Sequence[Start], now_ms: int) -> int:
        """By how much the first of these is put off; those that wait for it follow by themselves."""
        first = starts[0] if starts else None
        if first is None or not first.made_up or first.after:
            return 0
        at = max(now_ms, self._free_ms)
        if first.expires_ms is not None and at - now_ms >= first.expires_ms:
            return 0
        self._free_ms = at + self._distance_ms
        return at - now_ms


def run_of(schedule: Schedule, start: Start, config: Config, delay_ms: int, host: str | None) -> Run:
    """The run of a start. Raises the QctlErrors of `prepare`: the task is not there, or its parameters do not fit.

    A step of a workflow that only Python modules may declare goes through unchecked, for a beat imports none.
    """
    options = Options(
        id=start.id,
        host=host,
        countdown=delay_ms / 1000 if delay_ms else None,
        expires=_expiry(schedule, start, config),
    )
    request = Request(
        task=schedule.task,
        params=schedule.params,
        options=options,
        schedule=schedule.name,
        at_ms=start.at_ms,
        by=BY_SCHEDULE,
    )
    strict = not (config.modules and schedule.task in config.workflows)
    return Run(submission=prepare(request, config, strict=strict), after=start.after)


def _expiry(schedule: Schedule, start: Start, config: Config) -> float | None:
    """Seconds to the latest start: by the schedule's deadline or what the task says, whichever is sooner."""
    if start.expires_ms is None:
        return None
    task = config.known(schedule.task)
    least = start.expires_ms / 1000
    return least if task is None or task.expires is None else min(least, task.expires)
