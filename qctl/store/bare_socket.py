"""Sockets as the interpreter has them: what the library adds to them takes longer to import than a command to run."""

from __future__ import annotations

import _socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


class BareSocket(_socket.socket):
    """A socket that is closed behind a `with`. An OSError is its end, a TimeoutError one of its `settimeout`."""

    __slots__ = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
