"""A file that is to be changed: read once, and swapped in one step if nobody has written to it meanwhile."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from qctl.config.source import Stamp, read_text
from qctl.errors import QctlError

_BOM = "\ufeff"


class CannotEdit(QctlError):
    """cannot change {path}: {reason}"""

    help = "nothing was changed; `ls -l` tells who may: sudo, or whoever keeps the file"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text as it was read. `path` is how it was named, `real` what it is behind symbolic links."""

    path: str
    real: str
    text: str
    begins_with_mark: bool  #: a byte order mark, which is none of the text
    stamp: Stamp

    @property
    def newline(self) -> str:
        """How its lines end: as most of them do."""
        return "\r\n" if self.text.count("\r\n") * 2 > self.text.count("\n") else "\n"

    def swap(self, text: str) -> None:
        """Let the file hold another text from one moment to the next; mode and owner stay, and links to it.

        Raises CannotEdit if it must not be written, if its owner cannot be kept, or if it has changed since it was
        read.
        """
        self.must_be_writable()
        folder = os.path.dirname(self.real)
        data = (_BOM if self.begins_with_mark else "").encode() + text.encode()
        try:
            with _alone_in(folder):
                self._swap(folder, data)
        except OSError as error:
            raise CannotEdit(path=self.path, reason=error.strerror or error) from error

    def must_be_writable(self) -> None:
        """Raises CannotEdit where this user may not change it."""
        if not os.access(self.real, os.W_OK):
            raise CannotEdit(path=self.path, reason="it is not writable for you")
        if not os.access(os.path.dirname(self.real), os.W_OK | os.X_OK):
            raise CannotEdit(path=self.path, reason="the folder that it lies in is not writable for you")

    def _swap(self, folder: str, data: bytes) -> None:
        now = os.stat(self.real)
        # A name that begins with a dot is matched by no pattern of `include`.
        number, name = tempfile.mkstemp(prefix=".qctl-", dir=folder)
        try:
            with os.fdopen(number, "wb") as file:
                _as_of(file.fileno(), now, self.path)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if Stamp.of(self.path) != self.stamp:
                raise CannotEdit(path=self.path, reason="somebody has written to it meanwhile", help="try it again")
            os.replace(name, self.real)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise


def open_file(path: str) -> TextFile:
    """Read a file that is to be changed. Raises BadFile."""
    stamp = Stamp.of(path)
    text = read_text(path)
    with open(path, "rb") as file:
        marked = file.read(3) == _BOM.encode()
    return TextFile(path, os.path.realpath(path), text, marked, stamp)


def _as_of(number: int, old: os.stat_result, path: str) -> None:
    """Give a new file the owner and mode of the old one."""
    new = os.fstat(number)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(number, old.st_uid, old.st_gid)
        except PermissionError:
            raise CannotEdit(
                path=path, reason=f"it belongs to {old.st_uid}:{old.st_gid}, and a copy of yours would not"
            ) from None
    os.fchmod(number, stat.S_IMODE(old.st_mode))


@contextmanager
def _alone_in(folder: str) -> Iterator[None]:
    """Keep other changes by qctl out of a folder, and make what was done in it last."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
        os.fsync(number)
    finally:
        os.close(number)
