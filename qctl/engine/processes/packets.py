"""Messages between the worker's processes: whole ones over SOCK_SEQPACKET, large ones by memfd.

A SEQPACKET message arrives whole or not at all, even when its sender is killed, so many slots may write to one socket.
Of a user who is not root the kernel lets only as many descriptors be under way, sent and not received yet, as he may
open: what is one too many has no room, as in a full socket. Nor has one for which this process has no descriptor left,
if it does not wait. What a job has come to is told by whoever may have none left, and goes in parts.
"""

from __future__ import annotations

import array
import errno
import fcntl
import os
import socket
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

INLINE: Final = 60_000  #: bytes that travel in the socket; more goes by memfd
PART: Final = INLINE - 100  #: bytes of a part, which may have a head
_MORE: Final = b"M"  #: first byte of a part after which more follows
_LAST: Final = b"E"
_BY_MEMFD: Final = 0xFF  #: first byte of a message whose content is in the descriptor that comes with it
_DESCRIPTORS: Final = socket.CMSG_SPACE(4 * array.array("i").itemsize)
_ROOM: Final = 1 << 16
_SEND_BUFFER: Final = 1 << 20
_PAUSE: Final = 0.005  #: seconds until a descriptor goes again that was one too many under way
# As plain numbers: the enums of `socket` cost microseconds at every `|`.
_CLOEXEC: Final = int(socket.MSG_CMSG_CLOEXEC)
_CUT_OFF: Final = int(socket.MSG_TRUNC | socket.MSG_CTRUNC)
DONTWAIT: Final = int(socket.MSG_DONTWAIT)


class Closed(Exception):
    """The other side is gone."""


class CutOff(Exception):
    """A message is lost: its receiver has no descriptor left by which it could read it (fault 21)."""


class Unreadable(Exception):
    """A message is larger than is taken, or comes with something else than our memory; the text says why."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends for whole messages. How much may be under way is bounded by the send buffer."""
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (left, right):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
    return left, right


def parts_of(message: bytes) -> list[bytes]:
    """A message cut into parts that travel in the socket, one at least."""
    return [message[start : start + PART] for start in range(0, len(message), PART)] or [message]


def in_parts(message: bytes) -> list[bytes]:
    """The messages in which one travels for which its receiver needs no descriptor, see `Joining`."""
    *parts, last = parts_of(message)
    return [*(_MORE + part for part in parts), _LAST + last]


class Joining:
    """Puts together what one sender has sent in parts."""

    def __init__(self) -> None:
        self._come = bytearray()

    def take(self, part: bytes) -> bytes | None:
        """Take the next one. Answers the whole when it was the last; None: more follows."""
        self._come += part[1:]
        if part[:1] == _MORE:
            return None
        whole, self._come = bytes(self._come), bytearray()
        return whole


def send(to: socket.socket, message: bytes, flags: int = 0) -> bool:
    """Send a message whole, however large. False: it would block, and nothing was sent. Raises Closed.

    The first byte of a message is never 0xFF.
    """
    try:
        if len(message) <= INLINE:
            to.send(message, flags)
        else:
            _send_by_memfd(to, message, flags)
    except BlockingIOError:
        return False
    except (BrokenPipeError, ConnectionError) as error:
        raise Closed from error
    return True


def _send_by_memfd(to: socket.socket, message: bytes, flags: int) -> None:
    try:
        fd = os.memfd_create("qctl", os.MFD_CLOEXEC)
    except OSError as error:
        if flags & DONTWAIT and error.errno in (errno.EMFILE, errno.ENFILE):
            raise BlockingIOError from error
        raise
    try:
        rest = memoryview(message)
        while rest:
            rest = rest[os.write(fd, rest) :]
        while not _sent(to, fd, flags):
            time.sleep(_PAUSE)  # nothing tells when there are fewer
    finally:
        os.close(fd)


def _sent(to: socket.socket, fd: int, flags: int) -> bool:
    """Send a descriptor. False: too many are under way; with DONTWAIT that is a BlockingIOError."""
    descriptors = array.array("i", [fd])
    try:
        to.sendmsg([bytes([_BY_MEMFD])], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)], flags)
    except OSError as error:
        if error.errno != errno.ETOOMANYREFS:
            raise
        if flags & DONTWAIT:
            raise BlockingIOError from error
        return False
    return True


def receive(source: socket.socket, flags: int = 0, most: int | None = None) -> bytes | None:
    """Take the next message. None: there is none yet, for a socket or flags that do not block. Raises Closed, CutOff.

    `most`: whoever sends is not trusted, and so many bytes are taken at most; raises Unreadable for others.
    """
    try:
        message, ancillary, state, _ = source.recvmsg(_ROOM, _DESCRIPTORS, flags | _CLOEXEC)
    except BlockingIOError:
        return None
    except ConnectionError as error:
        raise Closed from error
    if not message:
        raise Closed
    descriptors = _descriptors(ancillary) if ancillary else []
    if state & _CUT_OFF:
        for fd in descriptors:
            os.close(fd)
        raise (CutOff if most is None else Unreadable)("a message between qctl's processes was cut off")
    if message[0] == _BY_MEMFD and len(descriptors) == 1:
        return _read_memfd(descriptors[0], most)
    for fd in descriptors:
        os.close(fd)
    return message


def _descriptors(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return found.tolist()


def _read_memfd(fd: int, most: int | None) -> bytes:
    with open(fd, "rb", buffering=0) as file:
        if most is not None:
            _must_be_memory(fd, most)
        file.seek(0)
        return file.readall() if most is None else file.read(most)


def _must_be_memory(fd: int, most: int) -> None:
    """Refuse what could be read without an end, or never: a pipe, a device, a file of a strange file system."""
    try:
        fcntl.fcntl(fd, fcntl.F_GET_SEALS)  # of memory alone
    except OSError as error:
        raise Unreadable("it comes with a descriptor that is no memory") from error
    if (size := os.fstat(fd).st_size) > most:
        raise Unreadable(f"it has {size} bytes, more than the {most} that are taken")
