"""A slot's run directory: what a job finds as QCTL_RUN_DIR, with the socket that the worker serves in it.

One per slot, not one per job: making a directory and binding a socket costs more than a short job does.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import time
from typing import Final

SOCKET: Final = "qctl.sock"
_SETTLED: Final = 50_000_000  #: ns after which a directory's mtime is sure to differ after the next change


class RunDir:
    """The slot's side: where it is, and that it is empty between two jobs."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._known_mtime = 0

    def tidy(self) -> bool:
        """Remove what a job has left in it. False: the job has removed the socket or the directory itself.

        The directory is listed only when its mtime has moved: one system call for a job that left nothing.
        """
        state = os.fstat(self._fd)
        if state.st_mtime_ns == self._known_mtime:
            return True
        self._known_mtime = 0
        try:
            left = os.listdir(self._fd)
        except OSError:
            return False
        if state.st_nlink == 0 or SOCKET not in left:
            return False
        for name in left:
            if name != SOCKET:
                remove(os.path.join(self.path, name))
        if len(left) == 1 and time.time_ns() - state.st_mtime_ns > _SETTLED:
            self._known_mtime = state.st_mtime_ns
        return True

    def close(self) -> None:
        os.close(self._fd)


def make(path: str) -> socket.socket:
    """Make an empty run directory (0700) and listen in it."""
    remove(path)
    os.mkdir(path, 0o700)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        # A socket's address holds 107 bytes; by way of the directory's descriptor its path may be of any length.
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            listener.bind(f"/proc/self/fd/{fd}/{SOCKET}")
        finally:
            os.close(fd)
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener


def remove(path: str) -> None:
    """Remove a file or a folder; what is gone already is fine, what resists stays."""
    with contextlib.suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
