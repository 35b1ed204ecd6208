"""The directory in which a worker keeps the run directories of its jobs, and the end of those that nobody needs.

It is locked for as long as the worker or a process that it has forked lives: the kernel lets the lock go whatever kills
them, and unlike a process number it means the same in every container that shares the place.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile

from qctl.engine.processes import rundir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PREFIX: Final = "qctl-runs-"


class Workroom:
    """A temporary directory of this worker's own."""

    def __init__(self) -> None:
        """Make it, and remove what workers of this user have left behind that were killed."""
        place = tempfile.gettempdir()
        _sweep(place)
        self._lock: int | None = None
        while self._lock is None:
            self.path = tempfile.mkdtemp(prefix=PREFIX, dir=place)
            try:
                rundir.let_users_pass(self.path)
                lock = _lock(self.path)
            except (BlockingIOError, FileNotFoundError):
                continue  # another worker is sweeping it away
            except OSError:
                return  # this file system knows no locks, so nobody sweeps there
            if _stands(self.path, lock):
                self._lock = lock
            else:
                os.close(lock)

    def close(self) -> None:
        """Remove it, with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _sweep(place: str) -> None:
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                _remove_if_left(entry.path)


def _remove_if_left(path: str) -> None:
    try:
        lock = _lock(path)
    except OSError:
        return  # somebody needs it, or it is none of ours
    try:
        if os.fstat(lock).st_uid == os.geteuid() and _stands(path, lock):
            shutil.rmtree(path, ignore_errors=True)  # which follows no symbolic link
    finally:
        os.close(lock)


def _lock(path: str) -> int:
    """Lock a directory. Raises BlockingIOError if somebody holds it, another OSError if it cannot be locked."""
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _stands(path: str, lock: int) -> bool:
    """Whether the directory that was locked is still the one of this name."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(lock))
    except OSError:
        return False
