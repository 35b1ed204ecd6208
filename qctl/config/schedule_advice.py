"""Warnings about schedules: what is valid, and may not be what was meant. Found by `qctl check` only."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.problems import Problem, Severity
from qctl.config.timetable import schedules_of, zone_of
from qctl.model.cron.lints import Kind, lints
from qctl.model.held_back import never_starts
from qctl.model.local_time import zone_name
from qctl.model.schedule import Overlap
from qctl.model.show import duration
from qctl.model.timing import REBOOT, ByCron, Once, OnEvent, least_interval_ms
from qctl.model.units import show_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, tzinfo
    from typing import Any, Final

    from qctl.config.reading import Path
    from qctl.config.values import Config
    from qctl.model.schedule import Schedule
    from qctl.model.task import Task

_CODES: Final[Mapping[Kind, str]] = {
    Kind.UNEVEN: "Q040",
    Kind.DAYS: "Q041",
    Kind.CLOCKS: "Q042",
    Kind.OTHERS: "Q043",
}


def schedule_warnings(config: Config, task: Task, now: datetime, host_zone: tzinfo) -> Iterator[Problem]:
    """What is worth a look in the schedules of a usable task. `now` is aware."""
    zone = zone_name(host_zone) or "UTC"
    for said, (path, of_cron) in zip(task.schedules, _places(config, task), strict=True):
        alone = replace(task, schedules=(said,))
        schedule = next(iter(schedules_of(alone, config, config.namespace, zone)))
        timing = schedule.timing
        if isinstance(timing, ByCron):
            for lint in lints(timing.cron, zone_of(schedule.timezone), now.year):
                said_of = {"note": lint.note, "needle": lint.meant, "before": lint.before}
                yield _warn(_CODES[lint.kind], task, of_cron, lint.message, **said_of)
        elif isinstance(timing, Once) and timing.at_ms <= now.timestamp() * 1000:
            ago = duration(now.timestamp() - timing.at_ms / 1000)
            message = f"`at` of the schedule of {task.noun} was {ago} ago"
            yield _warn("Q045", task, (*path, "at"), message, note="it does not run for times before it was declared")
        elif timing == OnEvent(REBOOT) and not schedule.hosts and config.redis:
            message = f"`@reboot` of {task.noun} names no host, on a Redis that several machines may share"
            note = "it runs at a boot of whichever machine has a beat; `host` says which is meant"
            yield _warn("Q046", task, path, message, note=note)
        if schedule.enabled and never_starts(schedule, zone_of(schedule.timezone), round(now.timestamp() * 1000)):
            message = f"the blackout of the schedule of {task.noun} lets it never start"
            yield _warn("Q047", task, (*path, "blackout"), message, note="qctl schedule next shows what it keeps back")
        yield from _piling_up(task, schedule, path, chosen="overlap" in said)


def _piling_up(task: Task, schedule: Schedule, path: Path, *, chosen: bool) -> Iterator[Problem]:
    """A run that may still go on when the next one is due, where nobody has said that the next is to give way."""
    interval_ms = least_interval_ms(schedule.timing)
    if task.timeout is None or interval_ms is None or task.timeout * 1000 <= interval_ms:
        return
    longer = f"`timeout` of {task.noun} is longer than the interval, {show_duration(interval_ms / 1000)}"
    if schedule.overlap is Overlap.SKIP and not chosen:
        note = 'write `overlap = "skip"` if that is meant, or a shorter `timeout`'
        yield _warn("Q033", task, path, f"{longer}: what is due during a run is skipped", note=note)
    elif schedule.overlap in (Overlap.QUEUE, Overlap.ALLOW):
        message = f'{longer}, and overlap = "{schedule.overlap}"'
        note = 'runs may pile up; `overlap = "skip"` drops a run while one is going'
        yield _warn("Q033", task, (*path, "overlap"), message, note=note)


def _places(config: Config, task: Task) -> list[tuple[Path, Path]]:
    """Where each schedule of a task stands, and its expression. One that [defaults] gives stands at the task."""
    path: Path = ("tasks", task.name, "schedule")
    tables = config.documents.get(task.file, {}).get("tasks", {})
    raw: Any = tables.get(task.name, {}).get("schedule", [])
    if not isinstance(raw, list):
        return [(path, path if isinstance(raw, str) else (*path, "cron"))]
    places: list[Path] = [(*path, place) for place in range(len(task.schedules))]
    texts = [isinstance(each, str) for each in raw] or [True] * len(places)
    return [(place, place if text else (*place, "cron")) for place, text in zip(places, texts, strict=True)]


def _warn(code: str, task: Task, path: Path, message: str, **more: str) -> Problem:
    return Problem(
        code=code,
        severity=Severity.WARNING,
        message=message,
        file=task.file,
        path=path,
        at_value=True,
        task=task.name,
        **more,  # type: ignore[arg-type]
    )
