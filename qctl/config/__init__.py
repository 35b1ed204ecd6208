"""The configuration: tasks.toml becomes one frozen Config, or problems that say where and what to do.

Owns finding, reading, including, checking and watching the files, what environment a job of a task gets by them, and
what `qctl check`, `qctl init` and `qctl schema` print. Knows nothing of Redis, processes or terminals. What only such
a command needs is imported from where it lives (`config.report`, `config.template`). Each name here is imported when it
is first used: a task module declares its tasks by the readers alone.
"""

from __future__ import annotations

from qctl.later import import_module

TYPE_CHECKING = False  # `typing` takes longer to import than all that completion does
if TYPE_CHECKING:
    from typing import Any

    from qctl.config.at_hand import load_found
    from qctl.config.catalog_lines import catalog, catalog_digest
    from qctl.config.codes import CODE_RANGES, EXPLANATIONS, explain
    from qctl.config.describing import describe, list_tasks
    from qctl.config.finding import find
    from qctl.config.loading import load, load_settings
    from qctl.config.problems import BadFile, Problem, Severity
    from qctl.config.values import BrokenTask, Config
    from qctl.config.watch import Watch, changed

__all__ = [
    "CODE_RANGES",
    "EXPLANATIONS",
    "BadFile",
    "BrokenTask",
    "Config",
    "Problem",
    "Severity",
    "Watch",
    "catalog",
    "catalog_digest",
    "changed",
    "describe",
    "explain",
    "find",
    "list_tasks",
    "load",
    "load_found",
    "load_settings",
]

#: Of modules none has the name of what it offers: that of a module would hide it.
_HOMES = {
    **dict.fromkeys(("catalog", "catalog_digest"), "catalog_lines"),
    **dict.fromkeys(("CODE_RANGES", "EXPLANATIONS", "explain"), "codes"),
    **dict.fromkeys(("describe", "list_tasks"), "describing"),
    "find": "finding",
    **dict.fromkeys(("load", "load_settings"), "loading"),
    "load_found": "at_hand",
    **dict.fromkeys(("BadFile", "Problem", "Severity"), "problems"),
    **dict.fromkeys(("BrokenTask", "Config"), "values"),
    **dict.fromkeys(("Watch", "changed"), "watch"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
