"""A file that is to be changed: read once, and swapped in one step if nobody has written to it meanwhile."""

from __future__ import annotations

import os

from qctl.classes import dataclass
from qctl.config.editing.swap import ChangedMeanwhile, swap
from qctl.config.source import read_text
from qctl.config.stamps import Stamp
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
        data = (_BOM if self.begins_with_mark else "").encode() + text.encode()
        try:
            if Stamp.of(self.path) != self.stamp:
                raise ChangedMeanwhile
            swap(self.real, self.stamp.signs, data)
        except ChangedMeanwhile as error:
            raise CannotEdit(path=self.path, reason=error.strerror, help="try it again") from error
        except OSError as error:
            raise CannotEdit(path=self.path, reason=error.strerror or error) from error

    def must_be_writable(self) -> None:
        """Raises CannotEdit where this user may not change it."""
        if not os.access(self.real, os.W_OK):
            raise CannotEdit(path=self.path, reason="it is not writable for you")
        if not os.access(os.path.dirname(self.real), os.W_OK | os.X_OK):
            raise CannotEdit(path=self.path, reason="the folder that it lies in is not writable for you")


def open_file(path: str) -> TextFile:
    """Read a file that is to be changed. Raises BadFile."""
    stamp = Stamp.of(path)
    text = read_text(path)
    with open(path, "rb") as file:
        marked = file.read(3) == _BOM.encode()
    return TextFile(path, os.path.realpath(path), text, marked, stamp)
