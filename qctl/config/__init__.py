"""The configuration: tasks.toml becomes one frozen Config, or problems that say where and what to do.

Owns finding, reading, including, checking and watching the files, and what `qctl check` and `qctl init` print. Knows
nothing of Redis, processes or terminals.
"""

from qctl.config.problems import BadFile, Problem, Severity
from qctl.config.values import BrokenTask, Config

__all__ = ["BadFile", "BrokenTask", "Config", "Problem", "Severity"]
