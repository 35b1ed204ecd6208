"""Draws the pictures that the README shows."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

from tests.screens.machine import Machine
from tests.screens.pictures import PICTURES
from tests.support.command_line import SOURCE

SHOWN = SOURCE / ".github" / "screens"


def main() -> None:
    """Draw all, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {' '.join(PICTURES)}; all, if none is named")
    parser.add_argument("--to", type=Path, default=SHOWN, metavar="DIR", help="where to write them")
    given = parser.parse_args()
    if unknown := set(given.names) - set(PICTURES):
        parser.error(f"no picture is called {', '.join(sorted(unknown))}")
    given.to.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _stop)  # of `timeout` say: the machine has a server that would outlive it
    machine = Machine()
    try:
        machine.live()
        for name in given.names or PICTURES:
            (given.to / f"{name}.svg").write_text(PICTURES[name](machine))
            print(given.to / f"{name}.svg")
    finally:
        machine.close()


def _stop(signum: int, _: FrameType | None) -> None:
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    main()
