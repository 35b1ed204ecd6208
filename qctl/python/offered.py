"""What a task offers to who calls and composes it: loaded by `@task` when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from qctl.python.canvas import Group
from qctl.python.eager import EagerResult
from qctl.python.signatures import Signature

__all__ = ["Signature", "apply", "chunks", "map", "starmap"]


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
    task: Any, args: Sequence[Any] | None = None, kwargs: Mapping[str, Any] | None = None, **_options: Any
) -> EagerResult:
    """Call the task here and now, and hold what it came to as a handle would."""
    return EagerResult.of(lambda: task(*(args or ()), **(kwargs or {})), task.name)
