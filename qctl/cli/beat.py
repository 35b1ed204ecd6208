"""The process that a beat is: `qctl beat` becomes this, so that no parser of command lines stays in its memory.

It is started as a worker is (see `worker`): with a descriptor, from which it reads its options as JSON.
"""

from __future__ import annotations

import json
import os
import sys

from qctl.cli.failure import interrupted, report
from qctl.config import load_found
from qctl.engine.beat import BeatOptions
from qctl.engine.beat.alone import run_beat
from qctl.engine.journal import Level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(descriptor: int) -> int:
    """Run a beat with the options that are read from a descriptor. Answers the exit code."""
    try:
        with open(descriptor, encoding="utf-8") as file:
            said: dict[str, Any] = json.load(file)
        config = load_found(said.pop("file"), os.environ, os.getcwd())
        return run_beat(BeatOptions(level=Level(said.pop("level")), **said), config)
    except KeyboardInterrupt:
        return interrupted()
    except Exception as error:
        return report(error, "table", 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
