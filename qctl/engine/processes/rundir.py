"""A slot's run directory: what a job finds as QCTL_RUN_DIR, with the socket that the worker serves in it.

One per slot, not one per job: making a directory and binding a socket costs more than a short job does. While a job of
another user runs it belongs to that user, so what is in it is not trusted: see `read`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.config.environment import Account

SOCKET: Final = "qctl.sock"
_SETTLED: Final = 50_000_000  #: ns after which a directory's mtime is sure to differ after the next change


class RunDir:
    """The slot's side: where it is, and that it is empty between two jobs."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._socket = self._look_at_socket()
        self._known_mtime = 0

    def _look_at_socket(self) -> tuple[int, int, int]:
        state = os.stat(SOCKET, dir_fd=self._fd, follow_symlinks=False)
        return state.st_dev, state.st_ino, state.st_mode

    @contextlib.contextmanager
    def lent_to(self, user: Account | None) -> Iterator[None]:
        """Let it belong to another user while a job of that user runs. None: it is the worker's own."""
        if user is None:
            yield
            return
        with contextlib.suppress(PermissionError):  # a worker that is not root is about to be told so
            os.fchown(self._fd, user.uid, user.gid)
        try:
            yield
        finally:
            os.fchown(self._fd, os.geteuid(), os.getegid())
            os.fchmod(self._fd, 0o700)
            self._known_mtime = 0  # its owner could set it to what he liked

    def read(self, name: str, most: int) -> bytes | None:
        """What a job wrote to a file in it, at most so many bytes. None: there is no such file.

        A job may have put anything in its place: a link to what only the worker may read (attack 40), or a pipe that
        nobody writes to. Only an ordinary file with no other name counts. Raises OSError.

        Nothing is looked for in a directory whose mtime has not moved: one system call for a job that left nothing.
        """
        if os.fstat(self._fd).st_mtime_ns == self._known_mtime:
            return None
        try:
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self._fd)
        except FileNotFoundError:
            return None
        with open(fd, "rb") as file:
            state = os.fstat(fd)
            if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
                raise OSError(f"{name} is not an ordinary file")
            return file.read(most)

    def write(self, name: str, data: bytes, user: Account | None) -> None:
        """Write a file for a job of this user, for nobody else to read. Raises OSError."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)
        fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=self._fd)
        with open(fd, "wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            if user is not None:
                os.fchown(fd, user.uid, user.gid)

    def open_file(self, name: str) -> int:
        """A descriptor to read a file from that was written here. Raises OSError."""
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._fd)

    def tidy(self) -> bool:
        """Remove what a job has left in it. False: the job has removed the directory, or the socket in it.

        One in its place, or a link to one, would hear what the jobs that follow say to their worker.

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
        if state.st_nlink == 0 or SOCKET not in left or self._look_at_socket() != self._socket:
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
    """Make an empty run directory (0700) and listen in it: for whoever may enter it."""
    remove(path)
    os.mkdir(path, 0o700)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        # A socket's address holds 107 bytes; by way of the directory's descriptor its path may be of any length.
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            listener.bind(f"/proc/self/fd/{fd}/{SOCKET}")
            os.chmod(SOCKET, 0o666, dir_fd=fd)  # noqa: S103 - the directory is what keeps others out
        finally:
            os.close(fd)
        listener.listen(64)
    except OSError:
        listener.close()
        raise
    return listener


def let_users_pass(path: str) -> None:
    """Let jobs of other users reach their run directory below this folder: they may enter it, and list nothing."""
    if os.geteuid() == 0:  # only root has such jobs
        os.chmod(path, 0o711)  # noqa: S103


def remove(path: str) -> None:
    """Remove a file or a folder; what is gone already is fine, what resists stays."""
    with contextlib.suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
