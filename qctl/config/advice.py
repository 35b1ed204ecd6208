"""Warnings: what works as it stands and is worth a look. Found by `qctl check` only."""

from __future__ import annotations

import os
import pwd
import re

from qctl.config.decorated import dropped_parameters
from qctl.config.environment import PATH, Unprepared, account
from qctl.config.include import dangling
from qctl.config.locating import locate
from qctl.config.problems import Problem, Severity
from qctl.config.programs import program_of
from qctl.config.schedule_advice import schedule_warnings
from qctl.config.source import read_text
from qctl.model.notice import TASK_PREFIX
from qctl.model.param_types import TOO_SHORT, is_too_short
from qctl.model.suggest import did_you_mean
from qctl.model.task import ParamType
from qctl.model.units import show_duration
from qctl.model.words import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo
    from typing import Any, Final

    from qctl.config.reading import Path
    from qctl.config.values import Config
    from qctl.model.task import Task

_SOUNDS_SECRET: Final = re.compile(r"(?i)passw|passphrase|secret|token|api_?key|private_?key|credential")


def warnings(config: Config, now: datetime, host_zone: tzinfo) -> tuple[Problem, ...]:
    """Everything that `check` warns of, with its place. `now` is aware; `host_zone` holds where none is written."""
    found = [*_dangling_links(config), *_loose_folders(config), *_dumb_notifiers(config), *dropped_parameters(config)]
    for task in config.tasks.values():
        found += [*_missing_paths(task), *_loose_file(task), *_other_users(task), *_idle_limits(task)]
        found += _missing_programs(task)
    for task in (*config.tasks.values(), *config.workflows.values()):
        found += [*_open_secrets(task), *_short_secrets(task), *_unknown_names(config, task)]
        found += schedule_warnings(config, task, now, host_zone)
    return locate(found, read_text)


def _warn(code: str, file: str, path: Path, message: str, **more: Any) -> Problem:
    task = str(path[1]) if path[0] in ("tasks", "workflows") else None
    return Problem(code=code, severity=Severity.WARNING, message=message, file=file, path=path, task=task, **more)


def _dangling_links(config: Config) -> Iterator[Problem]:
    for file, position, link in dangling(config.documents):
        message = f"{link} is a link to {os.readlink(link)}, which is not there: it is passed over"
        yield _warn("Q039", file, ("qctl", "include", position), message, at_value=True)


def _missing_paths(task: Task) -> Iterator[Problem]:
    for key, path in (("cwd", task.cwd), ("env_file", task.env_file)):
        if path is not None and not os.path.exists(path):
            message = f"`{key}` of task `{task.name}` is not there on this machine: {path}"
            yield _warn("Q031", task.file, ("tasks", task.name, key), message, at_value=True)


def _missing_programs(task: Task) -> Iterator[Problem]:
    """A command that some shell of its writer's finds, and the job's PATH does not (P22)."""
    program = program_of(task)
    path = task.env.get("PATH", PATH)
    if program and not any(_can_run(os.path.join(folder, program)) for folder in path.split(":")):
        key = "run" if task.run is not None else "exec"
        message = f"`{program}` of task `{task.name}` is not found on this machine in the PATH of a job: {path}"
        note = "write its whole path, or set PATH in the task's `env`"
        yield _warn("Q044", task.file, ("tasks", task.name, key), message, at_value=True, needle=program, note=note)


def _dumb_notifiers(config: Config) -> Iterator[Problem]:
    """Commands of [notify.NAME] that are not there: nobody would be told, least of all of that."""
    for delivery in config.deliveries.values():
        name, program = delivery.name.removeprefix(TASK_PREFIX), (delivery.exec or ("",))[0]
        places = [program] if "/" in program else [os.path.join(folder, program) for folder in PATH.split(":")]
        if not any(_can_run(place) for place in places):
            looked = "" if "/" in program else f" in the PATH of a job: {PATH}"
            message = f"`{program}` of [notify.{name}] is not found on this machine{looked}"
            note = f"try it: qctl notify test {name} --wait"
            path = ("notify", name, "command", 0)
            yield _warn("Q044", delivery.file, path, message, at_value=True, needle=program, note=note)


def _can_run(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _loose_file(task: Task) -> Iterator[Problem]:
    if task.env_file is not None and (whose := _writers(task.env_file, task.user)):
        message = f"`env_file` of task `{task.name}` decides what it runs, and {whose}: {task.env_file}"
        yield _warn("Q038", task.file, ("tasks", task.name, "env_file"), message, at_value=True)


def _loose_folders(config: Config) -> Iterator[Problem]:
    for folder in config.python_path:
        if whose := _writers(folder):
            message = f"code is imported from {folder}, which {whose}"
            yield _warn("Q038", config.file, ("qctl", "python_path"), message, at_value=True)


def _writers(path: str, user: str | None = None) -> str:
    """Who but root, and the user of the job, may change what it runs; empty where nobody may, and for other workers."""
    try:
        state = os.stat(path)
    except OSError:
        return ""
    if os.geteuid() != 0:
        return ""
    if state.st_uid not in (0, _uid_of(user)):
        return f"belongs to user {state.st_uid}"
    return "can be written to by others" if state.st_mode & 0o022 else ""


def _uid_of(user: str | None) -> int:
    try:
        return account(user).uid
    except Unprepared:
        return 0


def _other_users(task: Task) -> Iterator[Problem]:
    """Users as whom a worker of this user, on this machine, could not run the task (P8)."""
    if task.user is None:
        return
    path = ("tasks", task.name, "user")
    try:
        uid = pwd.getpwnam(task.user).pw_uid
    except KeyError:
        message = f"there is no user `{task.user}` on this machine, as whom task `{task.name}` is to run"
        yield _warn("Q036", task.file, path, message, at_value=True)
        return
    if os.geteuid() not in (0, uid):
        message = f"task `{task.name}` runs as `{task.user}`, and only a worker of root's can start it"
        yield _warn("Q036", task.file, path, message, at_value=True)


def _idle_limits(task: Task) -> Iterator[Problem]:
    """Limits of which the longer one cannot strike."""
    pairs = (
        ("soft_timeout", task.soft_timeout, "timeout", task.timeout),
        ("timeout", task.timeout, "total_timeout", task.total_timeout),
    )
    for inner, shorter, outer, longer in pairs:
        if shorter is not None and longer is not None and shorter >= longer:
            message = (
                f"`{inner}` of task `{task.name}` never takes effect: `{outer}` strikes after {show_duration(longer)}"
            )
            yield _warn("Q032", task.file, ("tasks", task.name, inner), message, at_value=True)


def _open_secrets(task: Task) -> Iterator[Problem]:
    for param in task.params:
        if param.secret and param.default is not None:
            path: Path = (*task.path, "params", param.name, "default")
            message = f"the secret `{param.name}` of {task.noun} stands in the file"
            yield _warn("Q034", task.file, path, message, note="`env` names a variable of the worker")
        elif not param.secret and _SOUNDS_SECRET.search(param.name):
            path = (*task.path, "params", param.name)
            message = f"the parameter `{param.name}` of {task.noun} is shown to whoever reads the job"
            yield _warn("Q037", task.file, path, message, note="`secret = true` hides it")


def _short_secrets(task: Task) -> Iterator[Problem]:
    """Choices that can be given by nobody, beside longer ones: of short ones alone the file is refused."""
    for param in task.params:
        for position, choice in enumerate(param.choices if param.type is not ParamType.LIST else ()):
            if is_too_short(param, choice):
                path: Path = (*task.path, "params", param.name, "choices", position)
                message = (
                    f"`{text_of(choice)}` among the `choices` of the secret `{param.name}` of {task.noun} {TOO_SHORT}"
                )
                yield _warn("Q023", task.file, path, message, at_value=True, note="a job that is given it is refused")


def _unknown_names(config: Config, task: Task) -> Iterator[Problem]:
    for name in task.notify:
        if name not in config.notify:
            message = f"{task.noun} notifies `{name}`, which is not declared"
            note = did_you_mean(name, config.notify).removeprefix(", ")
            yield _warn("Q035", task.file, (*task.path, "notify"), message, at_value=True, note=note)
