"""What must hold between the keys of a task."""

from __future__ import annotations

import re

from qctl.config.reading import Path, Reading
from qctl.errors import UsageError
from qctl.model.params import bind
from qctl.model.suggest import did_you_mean
from qctl.model.task import Param, Task
from qctl.model.words import placeholders


def check_task(reading: Reading, task: Task, path: Path) -> None:
    """Note what cannot work: values in shell text, words of unknown parameters, schedules with wrong values.

    Where a parameter's declaration is itself wrong, what follows from it is not told again.
    """
    if task.run is not None:
        _check_run(reading, task, path)
    if not any(problem.path[:3] == (*path, "params") for problem in reading.problems):
        _check_exec(reading, task, path)
        _check_schedules(reading, task, path)


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


def _check_schedules(reading: Reading, task: Task, path: Path) -> None:
    for schedule in task.schedules:
        given = schedule.get("with", {})
        where = (*path, "schedule", "with") if given else (*path, "schedule")
        if not isinstance(given, dict):
            reading.add("Q015", f"`with` of the schedule of task `{task.name}` must be a table", where, value=True)
            continue
        try:
            bind(task, given)
        except UsageError as error:
            message = f"a schedule cannot start {error}"
            reading.add("Q024", message, where, note="`with = { … }` gives a schedule's parameters")
