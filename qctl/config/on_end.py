"""Reading `on_error` and `on_success` of a workflow."""

from __future__ import annotations

from qctl.config.readers import boolean, name
from qctl.config.wrong import Wrong
from qctl.model.task import OnEnd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def on_success(value: Any) -> OnEnd:
    """The name of a task."""
    return OnEnd(task=name(value))


def on_error(value: Any) -> OnEnd:
    """The name of a task, or `{ task = NAME, each = true }`: once for each node that failed."""
    if not isinstance(value, dict):
        return on_success(value)
    for key in value:
        if key not in ("task", "each"):
            raise Wrong(f"`{key}` is unknown", at=(key,), note="it has `task` and `each`")
    if "task" not in value:
        raise Wrong("has no `task`", note='write { task = "page", each = true }')
    return OnEnd(task=_inner(value, "task", name), each=_inner({"each": False, **value}, "each", boolean))


def _inner(value: dict[str, Any], key: str, read: Callable[[Any], Any]) -> Any:
    """One of its values. Raises Wrong, which names the key."""
    try:
        return read(value[key])
    except Wrong as wrong:
        raise Wrong(f"`{key}` {wrong.message}", at=(key,), note=wrong.note, code=wrong.code) from wrong
