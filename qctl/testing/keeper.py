"""The process that outlives a session of tests for a moment, to end its Redis and to remove its folder.

It waits until its stdin ends, which it does however the session ends, a kill included.
"""

from __future__ import annotations

import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from qctl.client.server import stop_server
from qctl.errors import QctlError

STATE: Final = "state"  #: the server's directory in the folder


def main(folder: str) -> None:
    """Keep a folder until stdin ends."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.stdin.buffer.read()
    with suppress(QctlError):  # what will not end has its folder taken away nevertheless, and ends at its next write
        stop_server(Path(folder, STATE))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
