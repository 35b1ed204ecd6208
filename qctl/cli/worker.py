"""The process that a worker is: `qctl worker` becomes this, so that no parser of command lines stays in its memory.

Run by name with a descriptor as its argument, from which it reads its options as JSON: what stands there may hold the
password of a Redis URL, and so never stands among the words of a process list.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

from qctl.cli.failure import interrupted, report
from qctl.config import load_found
from qctl.engine.journal import Level
from qctl.engine.options import WorkerOptions
from qctl.engine.worker import run_worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(descriptor: int) -> int:
    """Run a worker with the options that are read from a descriptor. Answers the exit code."""
    try:
        with open(descriptor, encoding="utf-8") as file:
            said: dict[str, Any] = json.load(file)
        config = load_found(said.pop("file"), os.environ, os.getcwd())
        farewell = said.pop("farewell", "")
        level, only = Level(said.pop("level")), tuple(said.pop("only"))
        code = run_worker(WorkerOptions(level=level, only=only, **said), config)
        if farewell:
            with suppress(OSError):  # a terminal that is gone
                print(farewell, file=sys.stderr, flush=True)
        return code
    except KeyboardInterrupt:
        return interrupted()
    except Exception as error:
        return report(error, "table", 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
