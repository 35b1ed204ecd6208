"""How a process that is a worker or a beat begins: with options that it was handed on a descriptor, as JSON.

What stands there may hold the password of a Redis URL, and so never stands among the words of a process list.
"""

from __future__ import annotations

import json
import os

from qctl.cli.failure import interrupted, report
from qctl.config import load_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from qctl.config import Config


def run_handed(descriptor: int, run: Callable[[dict[str, Any], Config], int]) -> int:
    """Run it with the options that are read from a descriptor, and their configuration. Answers the exit code."""
    try:
        with open(descriptor, encoding="utf-8") as file:
            said: dict[str, Any] = json.load(file)
        return run(said, load_found(said.pop("file"), os.environ, os.getcwd()))
    except KeyboardInterrupt:
        return interrupted()
    except Exception as error:
        return report(error, "table", 0)
