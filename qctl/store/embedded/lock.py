"""The lock of a directory: an open file that the running server inherits, so it is free exactly when no server is.

flock belongs to the open file, not to a process: the starter takes it, the server keeps it, the kernel releases it
when the last of them is gone, be it by kill -9 or by a power cut.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager

from qctl.config.own_files import open_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Final

LOCK: Final = "server.lock"


@contextmanager
def held(directory: Path) -> Iterator[int | None]:
    """Try to take the lock without waiting; gives its file descriptor, or None while somebody else has it."""
    path = directory / LOCK
    opened = open_own(path, os.O_RDWR)
    try:
        yield opened if _take(opened, path) else None
    finally:
        os.close(opened)


def _take(opened: int, path: Path) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:
        return os.path.samestat(os.fstat(opened), os.stat(path, follow_symlinks=False))
    except FileNotFoundError:  # removed while we waited: a lock on it would guard nothing
        return False
