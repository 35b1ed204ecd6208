"""The process that a beat is: `qctl beat` becomes this, so that no parser of command lines stays in its memory."""

from __future__ import annotations

import sys

from qctl.cli.handed import run_handed
from qctl.engine.beat import BeatOptions
from qctl.engine.beat.alone import run_beat
from qctl.engine.journal import Level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.config import Config


def main(descriptor: int) -> int:
    """Run a beat with the options that are read from a descriptor. Answers the exit code."""
    return run_handed(descriptor, _run)


def _run(said: dict[str, Any], config: Config) -> int:
    return run_beat(BeatOptions(level=Level(said.pop("level")), **said), config)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
