"""`qctl run TASK --as-scheduled`: what a beat would start, started now (P4)."""

from __future__ import annotations

import os

from qctl.classes import replace
from qctl.config.host_zone import host_zone_name
from qctl.config.timetable import schedules_of
from qctl.errors import NotFound, UsageError
from qctl.model.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.config import Config
    from qctl.config.requests import Request
    from qctl.model.schedule import Schedule


def as_scheduled(request: Request, name: str | None, config: Config, namespace: str, now_ms: int) -> Request:
    """The request with the parameters, the host and the instant with which its schedule would be fired now.

    Raises UsageError if it is not said which of several is meant, or parameters are given beside the schedule's, and
    NotFound for a schedule that the task does not have.
    """
    if request.adhoc:
        raise UsageError("--as-scheduled runs a task of tasks.toml: a command of its own has no schedule")
    if request.params or request.args:
        raise UsageError(
            "--as-scheduled takes the parameters of the schedule, and no others", help=f"qctl run {request.task} …"
        )
    found = list(schedules_of(config.task(request.task), config, namespace, host_zone_name(os.environ)))
    one = _chosen(request.task, found, name)
    host = request.options.host or one.host
    second_ms = now_ms // 1000 * 1000
    options = replace(request.options, host=host)
    return replace(request, params=one.params, options=options, schedule=one.name, at_ms=second_ms)


def _chosen(task: str, found: Sequence[Schedule], name: str | None) -> Schedule:
    names = [one.name for one in found]
    if not found:
        raise UsageError(f"task {task} has no schedule", help=f"qctl run {task}        runs it as it is")
    if name is None and len(found) > 1:
        raise UsageError(
            f"task {task} has {len(found)} schedules: {', '.join(names)}",
            help=f"qctl run {task} --as-scheduled --schedule {names[0]}",
        )
    chosen = found[0] if name is None else next((one for one in found if one.name == name), None)
    if chosen is None:
        raise NotFound(f"task {task} has no schedule `{name}`{did_you_mean(str(name), names)}", help=" ".join(names))
    return chosen
