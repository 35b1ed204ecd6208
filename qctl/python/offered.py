"""What a task offers to who calls and composes it: loaded by `@task` when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from qctl.current import MaxRetriesExceededError
from qctl.python.bound import BoundTask, max_retries
from qctl.python.canvas import Group
from qctl.python.eager import EagerResult
from qctl.python.instance import current_instance
from qctl.python.plain import plain
from qctl.python.results import AsyncResult
from qctl.python.signatures import Signature

__all__ = ["Signature", "apply", "attribute", "chunks", "delayed", "map", "retry", "starmap", "subtask"]


def delayed(task: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Submit a job with these arguments and answer its handle, as `apply_async` does."""
    instance = current_instance()
    params = plain(kwargs, f"an argument of {task.name}")
    given = [plain(value, f"argument {place} of {task.name}") for place, value in enumerate(args, 1)]
    job = instance.put(task.name, params, given)
    return task.apply_async(args, kwargs) if job is None else AsyncResult(job, instance)


def map(task: Any, items: Iterable[Any]) -> Signature:  # noqa: A001 - Celery's name
    """One job that calls the task for each item, one after the other; its value is the list of what came out."""
    return Signature(task, spread="map", items=items)


def starmap(task: Any, items: Iterable[Sequence[Any]]) -> Signature:
    """As `map`, with items that are lists of arguments."""
    return Signature(task, spread="starmap", items=items)


def chunks(task: Any, items: Iterable[Sequence[Any]], size: int) -> Group:
    """A group of jobs that each call the task for `size` of the items in turn, an item being its arguments."""
    if size < 1:
        raise ValueError(f"a chunk has at least one item, not {size}")
    left = iter(items)
    return Group(Signature(task, spread="starmap", items=batch) for batch in iter(lambda: list(islice(left, size)), []))


def apply(
    task: Any, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None, **options: Any
) -> EagerResult:
    """Run one job here and now, in this process, as a worker would, and answer its handle."""
    made: EagerResult = Signature(task).apply(args, kwargs, **options)
    return made


def subtask(task: Any, *args: Any, **kwargs: Any) -> Signature:
    """As `signature`, by its old name."""
    made: Signature = task.signature(*args, **kwargs)
    return made


def retry(task: Any, *args: Any, **kwargs: Any) -> Any:
    """`self.retry(…)` of a task that was declared without `bind`: of the job that runs here."""
    return BoundTask(task).retry(*args, **kwargs)


def attribute(task: Any, name: str) -> Any:
    """What Celery's users look up on a task: what was declared, and the request of the job that runs here."""
    return _ATTRIBUTES[name](task)


_ATTRIBUTES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "request": lambda task: BoundTask(task).request,
    "max_retries": max_retries,
    "default_retry_delay": lambda task: task.task.retry.backoff,
    "rate_limit": lambda task: task.task.rate_limit,
    "ignore_result": lambda task: task.task.result == "discard",
    "run": lambda task: task.__call__,
    "AsyncResult": lambda _: AsyncResult,
    "MaxRetriesExceededError": lambda _: MaxRetriesExceededError,
}
