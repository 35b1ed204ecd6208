"""What `[notify.NAME]` is to a worker: a task that delivers notices, and rules that say who watches which task."""

from __future__ import annotations

import re

from qctl.config.keys import TOLD
from qctl.config.tasks import definition_hash
from qctl.model.call import Kind
from qctl.model.notice import TASK_PREFIX
from qctl.model.retry import RetryPolicy
from qctl.model.task import Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Final

    from qctl.config.values import Config
    from qctl.model.rules import Rule

_BRACED: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TIMEOUT: Final = 120.0  #: seconds for one try
_RETRY: Final = RetryPolicy(limit=4, backoff=30.0)  #: about ten minutes in all: a mail server that restarts


def delivery(name: str, said: Mapping[str, Any], *, file: str, line: int) -> Task:
    """The task whose jobs deliver the notices of a notify name. Nothing of [defaults] is inherited."""
    task, command = f"{TASK_PREFIX}{name}", tuple(said["command"])
    return Task(
        name=task,
        kind=Kind.EXEC,
        exec=tuple(_literal(word) for word in command),
        doc=f"delivers the notices of [notify.{name}]: the report comes on stdin",
        timeout=_TIMEOUT,
        retry=_RETRY,
        file=file,
        line=line,
        hash=definition_hash(task, Kind.EXEC, {"exec": command}),
    )


def watchers(tasks: Iterable[Task], notify: Mapping[str, Mapping[str, Any]]) -> dict[str, Rule]:
    """By `notify:<task>`, who is told what of it: names that are not declared are left out."""
    tells = {name: _how(said) for name, said in notify.items()}
    found = {task.name: {name: tells[name] for name in task.notify if name in tells} for task in tasks}
    return {f"notify:{task}": {"tell": names} for task, names in found.items() if names}


def _how(said: Mapping[str, Any]) -> dict[str, Any]:
    how: dict[str, Any] = {"on": list(said.get("on", TOLD))}
    if "repeat" in said:
        how["again"] = round(said["repeat"] * 1000)
    return how


def _literal(word: str) -> str:
    """A word of the command as `exec` leaves it: a notice has no parameters that could stand in braces."""
    return word if "{" not in word else _BRACED.sub(r"{{\1}}", word)


def described(config: Config, name: str) -> dict[str, Any]:
    """A notify name as `qctl notify list` tells of it."""
    said = config.notify[name]
    return {
        "name": name,
        "on": list(said.get("on", TOLD)),
        "repeat_s": said.get("repeat"),
        "tasks": [task.name for task in config.tasks.values() if name in task.notify],
        "command": list(said["command"]),
    }
