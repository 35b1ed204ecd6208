"""The process that a worker is: `qctl worker` becomes this, so that no parser of command lines stays in its memory."""

from __future__ import annotations

import sys
from contextlib import suppress

from qctl.cli.handed import run_handed
from qctl.engine.journal import Level
from qctl.engine.options import WorkerOptions
from qctl.engine.worker import run_worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.config import Config


def main(descriptor: int) -> int:
    """Run a worker with the options that are read from a descriptor. Answers the exit code."""
    return run_handed(descriptor, _run)


def _run(said: dict[str, Any], config: Config) -> int:
    farewell = said.pop("farewell", "")
    level, only = Level(said.pop("level")), tuple(said.pop("only"))
    code = run_worker(WorkerOptions(level=level, only=only, **said), config)
    if farewell:
        with suppress(OSError):  # a terminal that is gone
            print(farewell, file=sys.stderr, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
