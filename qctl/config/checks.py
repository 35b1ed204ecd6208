"""What must hold between the keys of a task."""

from __future__ import annotations

import re

from qctl.errors import UsageError
from qctl.model.cron import interval_ms, parse_cron
from qctl.model.params import bind
from qctl.model.suggest import did_you_mean
from qctl.model.timing import REBOOT, START
from qctl.model.units import parse_duration, show_duration
from qctl.model.words import placeholders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qctl.config.reading import Path, Reading
    from qctl.model.task import Param, Task


def check_task(reading: Reading, task: Task, path: Path) -> None:
    """Note what cannot work: values in shell text, words of unknown parameters, schedules with wrong values.

    Where a parameter's declaration is itself wrong, what follows from it is not told again.
    """
    if task.run is not None:
        _check_run(reading, task, path)
    if not any(problem.path[:3] == (*path, "params") for problem in reading.problems):
        _check_exec(reading, task, path)
        check_schedules(reading, task, path)


def _check_run(reading: Reading, task: Task, path: Path) -> None:
    """`{name}` in shell text would invite somebody to put values there: they are variables, always (attack 23)."""
    for param in task.params:
        if re.search(rf"(?<!\$)\{{{param.name}\}}", task.run or ""):
            reading.add(
                "Q018",
                f"`{{{param.name}}}` is not replaced in `run` of task `{task.name}`",
                (*path, "run"),
                value=True,
                needle=f"{{{param.name}}}",
                note=f'a parameter is a variable there: write "${param.name}"',
            )


def _check_exec(reading: Reading, task: Task, path: Path) -> None:
    names = [param.name for param in task.params]
    for position, word in enumerate(task.exec or ()):
        for name in placeholders(word):
            param = task.param(name)
            where = (*path, "exec", position)
            if param is None:
                message = f"`{{{name}}}` in `exec` of task `{task.name}` is no parameter{did_you_mean(name, names)}"
                note = f"write `{{{{{name}}}}}` for the text `{{{name}}}`"
                reading.add("Q019", message, where, value=True, needle=f"{{{name}}}", note=note)
            elif param.secret:
                message = f"the secret `{name}` would stand in the process list, in `exec` of task `{task.name}`"
                note = f'take `run`, and "${name}" there, or let the program read its environment'
                reading.add("Q027", message, where, value=True, needle=f"{{{name}}}", note=note)
            elif word != f"{{{name}}}" and _may_be_missing(param):
                message = f"`{name}` may be missing and stands inside a word of `exec` of task `{task.name}`"
                note = "give it a default, or a word of its own"
                reading.add("Q019", message, where, value=True, needle=f"{{{name}}}", note=note)


def _may_be_missing(param: Param) -> bool:
    return not param.required and param.default is None


def check_schedules(reading: Reading, task: Task, path: Path) -> None:
    """Note schedules that cannot start their task or workflow, and jitter that would turn their order round."""
    for schedule in task.schedules:
        _check_jitter(reading, task, schedule, path)
        given = schedule.get("with", {})
        where = (*path, "schedule", "with") if given else (*path, "schedule")
        if not isinstance(given, dict):
            reading.add("Q015", f"`with` of the schedule of {task.noun} must be a table", where, value=True)
            continue
        try:
            bind(task, given)
        except UsageError as error:
            message = f"a schedule cannot start {error}"
            reading.add("Q024", message, where, note="`with = { … }` gives a schedule's parameters")


def _check_jitter(reading: Reading, task: Task, schedule: Mapping[str, Any], path: Path) -> None:
    """Put off past the next start it would turn their order round (O15), and past its deadline never start at all."""
    if "jitter" not in schedule:
        return
    jitter = parse_duration(schedule["jitter"])
    limits = {"interval": _interval(schedule), "`deadline`": _deadline(schedule)}
    for what, longest in limits.items():
        if longest is None or jitter < longest:
            continue
        less = show_duration(longest)
        message = f"`jitter` of the schedule of {task.noun} is not shorter than its {what}, {less}"
        where = (*path, "schedule", "jitter") if len(task.schedules) == 1 else (*path, "schedule")
        reading.add("Q028", message, where, value=True, note=f"write less than {less}")
        return


def _interval(schedule: Mapping[str, Any]) -> float | None:
    """Seconds between two instants, the least there are; None: it is due by no clock."""
    if "every" in schedule:
        return parse_duration(schedule["every"])
    if "cron" not in schedule:
        return None
    text = str(schedule["cron"]).strip()
    return None if text in (REBOOT, START) else interval_ms(parse_cron(text)) / 1000


def _deadline(schedule: Mapping[str, Any]) -> float | None:
    return parse_duration(schedule["deadline"]) if "deadline" in schedule else None
