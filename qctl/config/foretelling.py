"""What environment a job of a task would have, told without running one, by the functions that make it."""

from __future__ import annotations

from typing import NamedTuple

from qctl.classes import replace
from qctl.config.environment import (
    about_job,
    account,
    own_variables,
    read_env_file,
    whole,
    working_directory,
)
from qctl.model.call import Call, Kind
from qctl.model.names import at_host
from qctl.model.params import bind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Final

    from qctl.config.values import Config
    from qctl.model.task import Param, Task

#: What is only known at the start, in words. QCTL_RESULT is a command's alone.
_AT_THE_START: Final = {
    "QCTL_JOB_ID": "its id",
    "QCTL_FENCE": "the number of its claim",
    "QCTL_RUN_DIR": "a folder of its own",
    "QCTL_RESULT": "a file in that folder",
}


class Variable(NamedTuple):
    """One variable of a job."""

    name: str
    value: str | None  #: None: nobody knows it before the start, or here
    origin: str  #: `qctl`, `parameter`, `env`, `env_file`, `account`, `host`; without a value, what it will be
    secret: bool = False


class Foretold(NamedTuple):
    """What a job of a task would find."""

    user: str
    cwd: str
    variables: tuple[Variable, ...]  #: in order of name


class _First(NamedTuple):
    """The first attempt of a job that nobody has submitted."""

    queue: str
    id: str = ""
    attempt: int = 1
    fence: int = 0


def foretell(config: Config, task: Task, given: Mapping[str, Any], timezone: str | None) -> Foretold:
    """The environment of a job of this task with these parameters, on this host and as its worker's user would be we.

    `timezone` is TZ as the worker has it. Raises what `bind` raises, Unprepared for a user or `env_file` that is not
    there.
    """
    owner, call = account(task.user), Call(task=task.name, kind=task.kind, params=given)
    asked_for = [param for param in task.params if _is_still_to_be_asked(param, given)]
    params = bind(replace(task, params=tuple(param for param in task.params if param not in asked_for)), given)
    queue = config.queue_of(task)
    first = _First(at_host(queue, task.hosts[0]) if task.hosts else queue)
    about = about_job(first, call, "")
    if task.kind is not Kind.CALL:
        about["QCTL_RESULT"] = ""
    variables = whole(owner, timezone, own_variables(task, call, params), about)
    told = [*_told(task, variables, about), *_of_the_worker(task, variables)]
    told += [Variable(param.name, None, "the caller's", secret=True) for param in asked_for]
    return Foretold(owner.name, working_directory(task, call, owner), tuple(sorted(told)))


def _is_still_to_be_asked(param: Param, given: Mapping[str, Any]) -> bool:
    """Nobody has to type a secret in order to see where it would stand."""
    return param.secret and param.required and param.env is None and param.name not in given


def _told(task: Task, variables: Mapping[str, str], about: Mapping[str, str]) -> Iterator[Variable]:
    secrets = {param.name for param in task.params if param.secret}
    in_file = read_env_file(task.env_file, task.user) if task.env_file is not None else {}
    for name, value in variables.items():
        if name in _AT_THE_START:
            yield Variable(name, None, _AT_THE_START[name])
        elif name in about:
            yield Variable(name, value, "qctl")
        elif name in ("LOGNAME", "USER"):
            yield Variable(name, value, "account")
        elif name in task.env:
            yield Variable(name, value, "env")
        elif name in in_file:
            yield Variable(name, value, "env_file")
        elif task.param(name) is not None:
            yield Variable(name, value, "parameter", name in secrets)
        else:
            yield Variable(name, value, {"TZ": "host", "PATH": "qctl", "LANG": "qctl"}.get(name, "account"))


def _of_the_worker(task: Task, variables: Mapping[str, str]) -> Iterator[Variable]:
    """Parameters that are read from the worker's environment, which is not ours."""
    for param in task.params:
        if param.env is not None and param.name not in variables:
            yield Variable(param.name, None, f"the worker's {param.env}", param.secret)
