"""qctl: tasks declared once, run now, later or on a schedule, over one Redis.

    from qctl import Qctl, current

`Qctl` submits jobs and reads them; `current` is what a task knows and says of the job that it runs in. Both are
imported when they are first used, so that a worker does not carry a client, nor a client what only tasks need.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qctl import current
    from qctl.client.python import Qctl

__version__ = "0.1.0"
__all__ = ["Qctl", "current"]

_HOMES = {"Qctl": ("qctl.client.python", "Qctl"), "current": ("qctl.current", None)}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    home = import_module(module)
    return home if attribute is None else getattr(home, attribute)
