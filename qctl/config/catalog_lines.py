"""The catalogue of a configuration: what its tasks are and take, for those who do not have its files. No secrets.

Whoever reads one can make of it the tasks that it tells of, as far as a caller has to know them: to check parameters,
to find the queue. How they run is the worker's business and is not told.
"""

from __future__ import annotations

from contextlib import suppress

from qctl.classes import replace
from qctl.config.describing import describe
from qctl.hashes import sha256
from qctl.model.call import Kind
from qctl.model.notice import TASK_PREFIX
from qctl.model.retry import RetryPolicy
from qctl.model.task import Param, ParamType, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Set
    from typing import Any, Final

    from qctl.config.values import Config

_TOLD: Final = ("summary", "queue", "priority", "tags", "params", "kind")
#: Fields of a task and of a parameter that are told where they are not as they are by default.
_OF_TASK: Final = (
    "doc",
    "host",
    "expires",
    "unique",
    "timeout",
    "soft_timeout",
    "total_timeout",
    "result",
    "extra",
    "rest",
)
_OF_PARAM: Final = ("min", "max", "pattern", "choices", "by_name", "none", "dash")
_PLAIN_TASK: Final = Task(name="", kind=Kind.CALL)
_PLAIN_PARAM: Final = Param(name="")


def catalog(config: Config) -> dict[str, dict[str, Any]]:
    """By name, what is told of each task that can run: what it is for, how it is queued, what it takes."""
    return {name: _entry(config, task) for name, task in config.runnable.items()}


def _entry(config: Config, task: Task) -> dict[str, Any]:
    described = describe(config, task)
    params = [
        known | _unusual(param, _PLAIN_PARAM, _OF_PARAM)
        for known, param in zip(described["params"], task.params, strict=True)
    ]
    own_queue = {} if task.queue is None else {"own_queue": True}
    retry = {} if task.retry == RetryPolicy() else {"retries": task.retry.limit, "backoff": task.retry.backoff}
    source = {"hash": task.hash, "file": task.file, "line": task.line, "call": task.call}
    said = {key: described[key] for key in _TOLD} | {"params": params}
    return said | source | own_queue | retry | _unusual(task, _PLAIN_TASK, _OF_TASK)


def _unusual(one: Task | Param, plain: Task | Param, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names if getattr(one, name) != getattr(plain, name)}


def task_of(name: str, entry: Mapping[str, Any]) -> Task:
    """The task that an entry of a catalogue tells of."""
    retry = RetryPolicy()
    if "retries" in entry:
        retry = RetryPolicy(limit=entry["retries"], backoff=entry["backoff"])
    return Task(
        name=name,
        kind=Kind(entry["kind"]),
        call=entry["call"],
        queue=entry["queue"] if entry.get("own_queue") else None,
        priority=entry["priority"],
        tags=tuple(entry["tags"]),
        params=tuple(map(_param_of, entry["params"])),
        retry=retry,
        file=entry["file"],
        line=entry["line"],
        hash=entry["hash"],
        **{"doc": entry["summary"]} | {key: _as_value(entry[key]) for key in _OF_TASK if key in entry},
    )


#: What reading an entry raises that is not as this release writes them.
_NONSENSE: Final = (AttributeError, LookupError, TypeError, ValueError)


def tasks_of(catalogs: Iterable[Mapping[str, Any]]) -> dict[str, Task]:
    """All tasks that these catalogues tell of, but for what delivers notices.

    Of several definitions it is the last one; a parameter is secret by the word of any.
    """
    found: dict[str, Task] = {}
    secret: set[tuple[str, str]] = set()
    for name, entry in (item for catalog in catalogs for item in catalog.items()):
        with suppress(*_NONSENSE):  # of a worker of another release, or written by hand: others may tell of it
            secret |= {(name, param["name"]) for param in entry.get("params", ()) if param.get("secret")}
            found[name] = task_of(name, entry)
    return {name: _guarded(task, secret) for name, task in found.items() if not name.startswith(TASK_PREFIX)}


def _guarded(task: Task, secret: Set[tuple[str, str]]) -> Task:
    """The task with all of those parameters secret that anybody calls so."""
    if all(param.secret or (task.name, param.name) not in secret for param in task.params):
        return task
    params = (replace(param, secret=param.secret or (task.name, param.name) in secret) for param in task.params)
    return replace(task, params=tuple(params))


def _param_of(entry: Mapping[str, Any]) -> Param:
    return Param(
        name=entry["name"],
        type=ParamType(entry["type"]),
        default=entry["default"],
        required=entry["required"],
        help=entry["help"],
        secret=entry["secret"],
        env=entry["env"],
        **{key: _as_value(entry[key]) for key in _OF_PARAM if key in entry},
    )


def _as_value(told: Any) -> Any:
    """JSON has no tuples, and the fields of tasks no lists."""
    return tuple(told) if isinstance(told, list) else told


def catalog_digest(config: Config) -> str:
    """A short name for what a configuration can run: the same tasks and definitions, the same digest."""
    said = "".join(f"{task.name}={task.hash};" for task in sorted(config.runnable.values(), key=lambda task: task.name))
    return sha256(said.encode()).hexdigest()[:12]
