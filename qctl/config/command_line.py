"""What a job runs and what limits it, in a line each, from the definition of its task: for reports of it."""

from __future__ import annotations

import shlex

from qctl.model.show import count, duration, size
from qctl.model.words import fill_words, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.config.values import Config
    from qctl.model.job import Job
    from qctl.model.task import Task

_UNKNOWN: Final = "{{{}}}"  #: of a value that a worker reads


def definition_of(job: Job, config: Config) -> Task | None:
    """The definition that ran, or was asked for; None where that at hand is another one."""
    task = config.known(job.call.task)
    ran = (job.last.hash if job.last else None) or job.call.hash
    return task if task is not None and task.hash == ran else None


def limits_of(task: Task) -> str:
    """What limits an attempt beside its timeout: `softly after 50m · 2h over all attempts · memory 1.0G`."""
    known = [f"softly after {duration(task.soft_timeout)}"] if task.soft_timeout is not None else []
    known += [f"{duration(task.total_timeout)} over all attempts"] if task.total_timeout is not None else []
    for name, limit in task.limits.items():
        said = size(int(limit)) if name == "memory" else duration(limit) if name == "cpu" else f"{limit:,}"
        known.append(f"{name} {said}")
    return " · ".join(known)


def command_line(job: Job, config: Config) -> str:
    """The command of a job, its values in place: `rsync -a /srv/a /srv/b`, `ops.reports:daily`.

    Of a text for the shell the first line. Empty where the definition at hand is not the one that ran, or was asked
    for; where its record says as much; and of workflows, whose steps are shown.
    """
    task = definition_of(job, config)
    if task is None:
        return ""
    if task.run is not None:
        lines = [line for line in task.run.splitlines() if line.strip()]
        more = f" … ({count(len(lines), 'line')})" if len(lines) > 1 else ""
        return "".join(lines[:1]).strip() + more
    if task.exec is not None:
        return shlex.join([*_words(task, job), *map(text_of, job.call.args)])
    return task.call or ""


def _words(task: Task, job: Job) -> tuple[str, ...]:
    values = {param.name: param.default for param in task.params}
    values |= {param.name: _UNKNOWN.format(param.name) for param in task.params if param.env}
    return fill_words(task, {**values, **job.call.shown_params})
