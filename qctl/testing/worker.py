"""The process of a test's worker: as `qctl worker`, with the modules of the tests beside those of the tasks.toml.

It reads what to be from stdin, as JSON, and ends with the process of the tests.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

from qctl.engine.journal import Level
from qctl.engine.options import WorkerOptions
from qctl.engine.processes import kernel
from qctl.engine.worker import run_worker
from qctl.errors import QctlError
from qctl.testing.wanted import Wanted


def main() -> int:
    """Run it. Answers the exit code."""
    said: dict[str, Any] = json.load(sys.stdin)
    if not kernel.die_with_parent(signal.SIGKILL, said["parent"]):
        return 0
    wanted = Wanted(said["file"], tuple(said["modules"]), said["concurrency"])
    options = WorkerOptions(
        redis=said["url"],
        namespace=said["namespace"],
        directory=said["directory"],
        slots=wanted.concurrency,
        name="tests",
        drain_timeout=1.0,
        level=Level.DEBUG,
    )
    try:
        return run_worker(options, wanted.config())
    except QctlError as error:
        sys.stderr.write(f"{error}\n{error.advice}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
