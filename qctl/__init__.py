"""qctl: tasks declared once, run now, later or on a schedule, over one Redis.

    from qctl import Qctl, chain, chord, current, group, task

`task` declares a function as one that jobs are made of; `chain`, `group`, `chord` and `signature` compose calls of
them; `AsyncResult` and `GroupResult` are handles of what was submitted. `Qctl` submits jobs by name and reads them,
`configure` says which instance all of these mean; `current` is what a task knows and says of the job that it runs in.
Each is imported when it is first used, so that a worker does not carry a client, nor a client what only tasks need.
"""

from __future__ import annotations

from qctl.later import import_module

TYPE_CHECKING = False  # `typing` takes longer to import than all that completion does
if TYPE_CHECKING:
    from typing import Any

    from qctl import current
    from qctl.python.canvas import chain, chord, group, signature
    from qctl.python.declaring import task
    from qctl.python.instance import Qctl, configure
    from qctl.python.results import AsyncResult, GroupResult

__version__ = "0.1.0"
__all__ = [
    "AsyncResult",
    "GroupResult",
    "Qctl",
    "chain",
    "chord",
    "configure",
    "current",
    "group",
    "signature",
    "task",
]

_HOMES = {
    **dict.fromkeys(("chain", "chord", "group", "signature"), "qctl.python.canvas"),
    **dict.fromkeys(("AsyncResult", "GroupResult"), "qctl.python.results"),
    **dict.fromkeys(("Qctl", "configure"), "qctl.python.instance"),
    "task": "qctl.python.declaring",
}


def import_all() -> None:
    """Import all that task code may ask for now: later another version may stand in its place."""
    for home in dict.fromkeys((*_HOMES.values(), "qctl.python.offered", "qctl.current")):
        import_module(home)


def __getattr__(name: str) -> Any:
    if name == "current":
        return import_module("qctl.current")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
