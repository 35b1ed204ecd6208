"""Tasks as `task list` and `task show` give them to people and programs: plain JSON values."""

from __future__ import annotations

from qctl.model.params import expected
from qctl.model.retry import signal_name
from qctl.model.workflow.wording import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.config.values import Config
    from qctl.model.task import Param, Task

SCHEMA: Final = "qctl.task/1"


def list_tasks(config: Config, tag: str | None = None) -> list[dict[str, Any]]:
    """Every declared task and workflow in order of name, broken ones with their first problem."""
    known = (*{**config.declared, **config.tasks}.values(), *config.workflows.values())
    usable = [describe(config, task) for task in known if tag is None or tag in task.tags]
    broken = [] if tag is not None else [_broken(config, name) for name in config.broken]
    return sorted(usable + broken, key=lambda record: str(record["name"]))


def describe(config: Config, task: Task) -> dict[str, Any]:
    """A task with everything that holds for it. Absent is null. No value of a secret is ever shown."""
    return {
        "schema": SCHEMA,
        "name": task.name,
        "kind": str(task.kind),
        "doc": task.doc.strip(),
        "summary": task.summary,
        "command": _command(task),
        "tags": list(task.tags),
        "enabled": task.enabled,
        "usable": True,
        "problem": None,
        "queue": config.queue_of(task),
        "priority": task.priority,
        "params": [_param(param) for param in task.params],
        "timeout_s": task.timeout,
        "soft_timeout_s": task.soft_timeout,
        "total_timeout_s": task.total_timeout,
        "grace_s": task.grace,
        "retries": task.retry.limit,
        "backoff_s": task.retry.backoff,
        "backoff_max_s": task.retry.ceiling,
        "jitter": task.retry.jitter,
        "expires_s": task.expires,
        "ok_codes": list(task.ok_codes),
        "redeliver": task.redeliver,
        "result": task.result,
        **_settings(task),
        "schedules": [_schedule(schedule, task) for schedule in task.schedules],
        "source": {"file": task.file, "line": task.line, "hash": task.hash},
    }


def _settings(task: Task) -> dict[str, Any]:
    """What holds for its jobs beside how long and how often they run: where, as whom, and what is kept of them."""
    return {
        "host": list(task.host),
        "max_running": task.max_running,
        "lock": task.lock,
        "unique": task.unique,
        "rate_limit": task.rate_limit,
        "user": task.user,
        "cwd": task.cwd,
        "shell": task.shell,
        "umask": f"{task.umask:03o}",
        "nice": task.nice,
        "env_names": list(task.env),  # without values, which may be passwords: `qctl env` shows them
        "env_file": task.env_file,
        "limits": dict(task.limits),
        "stop_signal": signal_name(task.stop_signal),
        "retry_on": list(task.retry.only),
        "no_retry_on": list(task.retry.never),
        "max_crashes": task.max_crashes,
        "max_losses": task.max_losses,
        "on_lost_lease": task.on_lost_lease,
        "leave_children": task.leave_children,
        "fail_on_stderr": task.fail_on_stderr,
        "output_max_bytes": task.output_max,
        "output_file": task.output_file,
        "keep_age_s": task.keep_age,
        "keep_runs": task.keep_runs,
        "notify": list(task.notify),
    }


def _command(task: Task) -> str | list[str]:
    """What it runs: of a workflow the expression."""
    if task.composition is not None:
        return to_text(task.composition)
    return task.run or task.call or list(task.exec or ())


def _schedule(said: Mapping[str, Any], task: Task) -> dict[str, Any]:
    """A schedule as it is written, without the values of secrets."""
    secret = {param.name for param in task.params if param.secret}
    given = {name: value for name, value in said.get("with", {}).items() if name not in secret}
    return {**said, "with": given} if "with" in said else dict(said)


def _param(param: Param) -> dict[str, Any]:
    return {
        "name": param.name,
        "type": str(param.type),
        "expects": expected(param),
        "required": param.required,
        "default": None if param.secret else param.default,
        "help": param.help,
        "secret": param.secret,
        "env": param.env,
    }


def _broken(config: Config, name: str) -> dict[str, Any]:
    first = config.broken[name][0]
    return {
        "schema": SCHEMA,
        "name": name,
        "usable": False,
        "problem": {"code": first.code, "message": first.message, "place": first.place},
        "source": {"file": first.file, "line": first.line, "hash": None},
    }
