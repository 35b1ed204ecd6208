"""Is the server of a directory alive? One connection tells, and who is at its other end."""

from __future__ import annotations

import os
from _socket import AF_UNIX, SO_PEERCRED, SOL_SOCKET
from enum import Enum

from qctl.classes import dataclass
from qctl.errors import NotPermitted
from qctl.store.bare_socket import BareSocket
from qctl.store.embedded.directory import own_directory, socket_of, verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.store.embedded.directory import StrPath

_CREDENTIALS: Final = 12  #: bytes of a process, a user and a group


class Pulse(Enum):
    """What a PING found."""

    ALIVE = "alive"  #: it answered, be it with an error
    LOADING = "loading"  #: it reads its append-only file
    SILENT = "silent"  #: it took the connection and says nothing: busy, or stopped by a signal
    ABSENT = "absent"  #: nobody listens


@dataclass(frozen=True, slots=True)
class Instance:
    """A running embedded server."""

    directory: StrPath
    url: str
    pid: int  #: as the kernel knows it from the socket, never from a file


def running(directory: StrPath | None = None) -> Instance | None:
    """Find the server of a directory, this user's by default, without starting it.

    Raises NotPermitted when the directory is not this user's alone.
    """
    place = directory or own_directory()
    try:
        verify(place)
        with connect(place) as line:
            return Instance(place, f"unix://{socket_of(place)}", peer(line))
    except (FileNotFoundError, ConnectionError, NotADirectoryError):
        return None


def connect(directory: StrPath, timeout: float = 1.0) -> BareSocket:
    """Open a connection to the server of a directory. Raises OSError when nobody listens there."""
    line = BareSocket(AF_UNIX)
    line.settimeout(timeout)
    try:
        line.connect(socket_of(directory))
    except BaseException:
        line.close()
        raise
    return line


def peer(line: BareSocket) -> int:
    """The process that listens at the other end. Raises NotPermitted if it is somebody else's."""
    pid, uid, _ = memoryview(line.getsockopt(SOL_SOCKET, SO_PEERCRED, _CREDENTIALS)).cast("i")
    if uid != os.geteuid():
        raise NotPermitted(f"{line.getpeername()} is served by user {uid}, not by you")
    return int(pid)


def ping(directory: StrPath, timeout: float = 1.0) -> Pulse:
    """Ask the server of a directory whether it is there, waiting at most `timeout` seconds for each step."""
    try:
        with connect(directory, timeout) as line:
            peer(line)
            line.sendall(b"PING\r\n")
            answer = line.recv(64)
    except (TimeoutError, BlockingIOError):  # the latter is a unix socket whose queue is full
        return Pulse.SILENT
    except (FileNotFoundError, ConnectionError):
        return Pulse.ABSENT
    if not answer:
        return Pulse.ABSENT  # it ended between taking the connection and answering
    return Pulse.LOADING if answer.startswith(b"-LOADING") else Pulse.ALIVE
