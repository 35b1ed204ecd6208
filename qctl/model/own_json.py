"""Objects of qctl that stand in a value as JSON has them: a handle as its id, a signature as its dict."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def own_json(value: Any) -> Any:
    """For `json.dumps(default=…)`: what an object of qctl's says of itself. Raises TypeError for any other one."""
    said = getattr(type(value), "__qctl_json__", None)
    if said is None:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return said(value)
