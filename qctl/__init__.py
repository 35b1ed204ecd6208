"""qctl: tasks declared once, run now, later or on a schedule, over one Redis.

    from qctl import Qctl, current, task

`Qctl` submits jobs and reads them; `task` declares a function as one that jobs are made of; `current` is what a task
knows and says of the job that it runs in. Each is imported when it is first used, so that a worker does not carry a
client, nor a client what only tasks need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qctl import current
    from qctl.client.python import Qctl
    from qctl.python.declaring import task

__version__ = "0.1.0"
__all__ = ["Qctl", "current", "task"]

_HOMES = {
    "Qctl": ("qctl.client.python", "Qctl"),
    "current": ("qctl.current", None),
    "task": ("qctl.python.declaring", "task"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    home = import_module(module)
    return home if attribute is None else getattr(home, attribute)
