"""Reading `on_error` and `on_success` of a workflow."""

from __future__ import annotations

from typing import Any

from qctl.config.readers import Wrong, boolean, name
from qctl.model.task import OnEnd


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
    try:
        return OnEnd(task=name(value["task"]), each=boolean(value.get("each", False)))
    except Wrong as wrong:
        raise Wrong(wrong.message, note=wrong.note) from wrong
