"""The process that outlives a session of tests for a moment, to end its Redis and to remove its folder.

It waits for a word or the end of its stdin, or for the end of the session's process: what that has forked may outlive
it and hold the pipe.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from qctl.client.server import stop_server
from qctl.errors import QctlError

STATE: Final = "state"  #: the server's directory in the folder


def main(folder: str, session: int) -> None:
    """Keep a folder until it is told to end, or the process of the session has ended."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with suppress(ProcessLookupError):
        watched = os.pidfd_open(session)
        if os.getppid() == session:  # it is the one that started this, and no other of its number
            select.select([sys.stdin.buffer, watched], [], [])
    remove(folder)


def remove(folder: str) -> None:
    """End the server, as far as it runs, and remove the folder."""
    with suppress(QctlError):  # what will not end has its folder taken away nevertheless, and ends at its next write
        stop_server(Path(folder, STATE))
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
