"""Which Redis a Tab may ask, and whether one answers there: before anything is imported to read it.

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

LIMIT: Final = 0.15  #: seconds that Redis has in all, connecting included


def knock(url: str) -> float:
    """Ask a server whether it is there: the seconds that it has left then.

    One that this cannot be asked of so simply has all of them. Raises OSError if none answers within the limit.
    """
    place = _place(url)
    if place is None:
        return LIMIT
    family, target = place
    deadline = time.monotonic() + LIMIT
    line = _socket.socket(family, _socket.SOCK_STREAM)
    try:
        line.settimeout(LIMIT)
        line.connect(target)
        line.send(b"PING\r\n")
        line.settimeout(max(0.0, deadline - time.monotonic()))
        if not line.recv(1):
            raise ConnectionError(url)
    finally:
        line.close()
    return max(0.0, deadline - time.monotonic())


def _place(url: str) -> tuple[int, str | tuple[str, int]] | None:
    """The family and the address of a socket; None where it takes more to know them than to look."""
    scheme, _, rest = url.partition("://")
    if scheme == "unix" and "%" not in rest and "/" in rest:
        return _socket.AF_UNIX, rest[rest.index("/") :].partition("?")[0]
    host, _, port = rest.partition("/")[0].partition("?")[0].rpartition("@")[2].rpartition(":")
    if scheme == "redis" and port.isdecimal() and host.count(".") == 3 and host.replace(".", "").isdecimal():
        return _socket.AF_INET, (host, int(port))
    return None


def embedded(environ: Mapping[str, str]) -> str:
    """The URL of this user's own server. Raises OSError where there is none that is his alone."""
    folder = state_folder(environ)
    seen = os.stat(folder)
    if seen.st_uid != os.geteuid() or seen.st_mode & 0o077:
        raise PermissionError(folder)
    return f"unix://{folder}/redis.sock"
