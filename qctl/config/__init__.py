"""The configuration: tasks.toml becomes one frozen Config, or problems that say where and what to do.

Owns finding, reading, including, checking and watching the files, what environment a job of a task gets by them, and
what `qctl check`, `qctl init` and `qctl schema` print. Knows nothing of Redis, processes or terminals. What only such
a command needs is imported from where it lives (`config.report`, `config.template`): every command loads this package.
"""

from qctl.config.catalog import catalog, catalog_digest
from qctl.config.codes import EXPLANATIONS, explain
from qctl.config.describe import describe, list_tasks
from qctl.config.find import find
from qctl.config.load import load, load_found, load_settings
from qctl.config.problems import BadFile, Problem, Severity
from qctl.config.values import BrokenTask, Config
from qctl.config.watch import Watch, changed

__all__ = [
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
