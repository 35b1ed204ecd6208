"""Which Redis a Tab may ask, and whether one answers there: before anything is imported that takes longer than that.

Nothing is imported here but what Python has at hand.
"""

from __future__ import annotations

import _socket
import os
import time

from qctl.config.places import state_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

LIMIT: Final = 0.15  #: seconds, connecting included, and all that is imported meanwhile


class Line:
    """A connection on which PING was said."""

    def __init__(self, family: int, target: str | tuple[str, int]) -> None:
        """Raises OSError where nobody takes it within the limit."""
        self._deadline = time.monotonic() + LIMIT
        self._socket = _socket.socket(family, _socket.SOCK_STREAM)
        self._socket.settimeout(LIMIT)
        try:
            self._socket.connect(target)
            self._socket.send(b"PING\r\n")
        except OSError:
            self._socket.close()
            raise

    def left(self) -> float:
        """Seconds up to the limit."""
        return max(0.0, self._deadline - time.monotonic())

    def is_answered(self) -> bool:
        """Whether an answer has come, or comes within the limit, whatever it is. The connection is let go."""
        self._socket.settimeout(self.left())
        try:
            return bool(self._socket.recv(1))
        except OSError:
            return False
        finally:
            self._socket.close()


def knock(url: str) -> Line | None:
    """Ask a server whether it is there. None for one that this cannot be asked of so simply; OSError: it is not."""
    scheme, _, rest = url.partition("://")
    if scheme == "unix" and "%" not in rest and "/" in rest:
        return Line(_socket.AF_UNIX, rest[rest.index("/") :].partition("?")[0])
    host, _, port = rest.partition("/")[0].partition("?")[0].rpartition("@")[2].rpartition(":")
    if scheme == "redis" and port.isdecimal() and host.count(".") == 3 and host.replace(".", "").isdecimal():
        return Line(_socket.AF_INET, (host, int(port)))
    return None


def embedded(environ: Mapping[str, str]) -> str:
    """The URL of this user's own server. Raises OSError where there is none that is his alone."""
    folder = state_folder(environ)
    seen = os.stat(folder)
    if seen.st_uid != os.geteuid() or seen.st_mode & 0o077:
        raise PermissionError(folder)
    return f"unix://{folder}/redis.sock"
