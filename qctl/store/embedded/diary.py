"""The server's log, read for what a person must be told: why it did not start, and what it lost."""

from __future__ import annotations

import os
import re

from qctl.config.own_files import open_own
from qctl.store.embedded.settings import LOG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Final

_LARGEST: Final = 1024 * 1024
_TAIL: Final = 64 * 1024

#: Redis marks its warnings by `#` between the time and the text.
_ADVICE: Final = re.compile(r" # (WARNING |Server initialized|Configuration loaded|Redis version=|oO0)")
_WARNING: Final = re.compile(r"^\S+ .*? # (?P<text>.+)$")
_CORRUPT: Final = re.compile(
    r"(Bad file format|Unrecoverable error) reading the append only file|Error (?:reading|loading) .*RDB|"
    r"Internal error in RDB|Terminating server after rdb file|Wrong signature trying to load",
    re.I,
)
_CORRUPT_FILE: Final = re.compile(r"append only file:? (?P<name>[\w.-]+?)(?=[:.]?(?:\s|$))")
_CUT_SHORT: Final = re.compile(r"Truncating the AOF at offset|AOF .*loaded anyway because aof-load-truncated", re.I)
_READY: Final = re.compile(r"The server is now ready to accept connections", re.I)
_NO_ROOM: Final = re.compile(r"Short write while writing to the AOF|No space left on device", re.I)
_COMPLAINT: Final = re.compile(r"exit|fatal|fail|error|can't", re.I)
#: An orderly end, advice about the machine, and damaged data, which are reported whenever somebody asks for them.
_NO_COMPLAINT: Final = re.compile(rf"bye bye| # WARNING |{_CORRUPT.pattern}", re.I)


class Diary:
    """The log from one moment on. Open it under the lock, before a server writes to it."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / LOG
        self._start = self._prepare()

    def lines(self) -> list[str]:
        """What was written since, at most its last 64 KB."""
        try:
            with self.path.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._start, size - _TAIL))
                return log.read().decode(errors="replace").splitlines()
        except FileNotFoundError:
            return []

    def corrupt_file(self) -> str | None:
        """Name of the damaged append-only file, empty if it is not named, None if none is reported damaged."""
        for line in self.lines():
            if _CORRUPT.search(line):
                named = _CORRUPT_FILE.search(line)
                return named["name"] if named else ""
        return None

    def was_cut_short(self) -> bool:
        """Whether an incomplete command at the end of the data was dropped while loading (fault 33)."""
        return any(_CUT_SHORT.search(line) for line in self.lines())

    def times_ready(self) -> int:
        """How many servers came so far that they could answer."""
        return sum(_READY.search(line) is not None for line in self.lines())

    def last_words(self) -> str:
        """The last warning, or the last line if there is none: why the server ended, in its own words."""
        lines = [line for line in self.lines() if line.strip()]
        warnings = [found["text"] for line in lines if (found := _WARNING.match(line)) and not _ADVICE.search(line)]
        return (warnings or lines or [""])[-1]

    def open(self) -> int:
        """A descriptor that appends to the log, for what the server says before it opens the log itself."""
        return open_own(self.path, os.O_WRONLY | os.O_APPEND)

    def _prepare(self) -> int:
        """Turn the log over when it is large, and return the size of what is there."""
        opened = self.open()
        try:
            size = os.fstat(opened).st_size
        finally:
            os.close(opened)
        if size <= _LARGEST:
            return size
        self.path.rename(self.path.with_suffix(".log.1"))
        return 0


def gave_up(directory: Path) -> str:
    """Why the last server ended by itself, in its own words; empty if it was told to end, was killed, or never was."""
    last = _newest(directory, 1)
    said = _WARNING.match(last)
    if said is None or _NO_COMPLAINT.search(last) or not _COMPLAINT.search(last):
        return ""
    return said["text"]


def ran_out_of_room(directory: Path) -> bool:
    """Whether the last server that ended by itself did so for its disk was full: it says that one line earlier."""
    return bool(gave_up(directory) and _NO_ROOM.search(_newest(directory, 2)))


def _newest(directory: Path, count: int) -> str:
    """The last lines of the log that are not empty."""
    try:
        with (directory / LOG).open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - _TAIL))
            lines = log.read().decode(errors="replace").split("\n")
    except FileNotFoundError:
        return ""
    return "\n".join([line for line in lines if line.strip()][-count:])
