"""Variables of this process that are set for every job, written in place.

`os.environ[name] = value` calls setenv(3), and glibc keeps every value that it was ever given: 80 bytes a job, for as
long as the slot lives. putenv(3) makes memory of ours a part of the environment instead, and the next value is written
into it.
"""

from __future__ import annotations

import ctypes
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

environ: Final[dict[bytes, bytes]] = vars(os.environ)["_data"]  #: what `os.environ` holds, without a copy

_libc: Final = ctypes.CDLL(None)
_LEAST: Final = 128  #: bytes of a cell


class Variables:
    """A cell for each name. No value holds a NUL."""

    def __init__(self) -> None:
        self._cells: dict[bytes, ctypes.Array[ctypes.c_char]] = {}

    def update(self, values: Mapping[str, str]) -> None:
        """Set variables, for Python and for C code and commands that this process starts."""
        for name, value in values.items():
            self.set(name.encode(), value.encode(errors="surrogateescape"))

    def set(self, name: bytes, value: bytes) -> None:
        """Set one."""
        environ[name] = value
        text = name + b"=" + value
        cell = self._cells.get(name)
        if cell is not None and len(text) < len(cell):
            cell.value = text
            return
        cell = ctypes.create_string_buffer(text, max(_LEAST, 2 * len(text)))
        _libc.putenv(cell)
        self._cells[name] = cell  # the smaller one may go: the environment does not point to it any more

    def remove(self) -> None:
        """Take away every variable that was set here."""
        for name in list(self._cells):
            self.unset(name)

    def unset(self, name: bytes) -> None:
        """Take away one."""
        _libc.unsetenv(name)
        environ.pop(name, None)
        self._cells.pop(name, None)
