"""Bytes to and from a server without ever waiting: a unix or TCP socket that connects meanwhile, under TLS or not."""

from __future__ import annotations

import errno
import os
import socket

from qctl.errors import QctlError
from qctl.store.lookup import Lookup, is_at_hand
from qctl.store.sockets import new_socket, targets, tls, unreachable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from qctl.model.address import Address
    from qctl.store.sockets import Target

_READS = 256  #: of a socket that has more, before somebody else's turn comes
#: Bytes that are read at once, into memory that stays: what is asked for anew has to be filled with zeros.
_PIECE = 32768
_CHUNK = 1 << 20  #: bytes that are handed to a socket at once


class Channel:
    """One connection. `attempt` says which address of the host's name to try. OSErrors are its end."""

    def __init__(self, address: Address, attempt: int) -> None:
        self.connecting = False
        self._address = address
        self._attempt = attempt
        self.out = bytearray()  #: what is to be sent
        self._in = memoryview(bytearray(_PIECE))
        self._lookup: Lookup | None = None
        self._socket: Any = None
        if is_at_hand(address):
            self._open(targets(address))
            return
        try:
            self._lookup = Lookup(address)
        except OSError as error:
            raise unreachable(error, address) from error
        self.connecting = True

    def fileno(self) -> int:
        """What to watch. It is another one when the host's name has been looked up."""
        found: int = (self._lookup or self._socket).fileno()
        return found

    @property
    def looking_up(self) -> bool:
        """Whether the host's name is still asked for."""
        return self._lookup is not None

    @property
    def wants_write(self) -> bool:
        """Whether there is something to do as soon as there is room to write."""
        if self._lookup:
            return False
        return self.connecting or (bool(self.out) and not getattr(self._socket, "wants_read", False))

    def put(self, data: bytes | bytearray) -> None:
        """Have bytes sent by the next `flush`."""
        self.out += data

    def flush(self) -> None:
        """Send what can be sent now."""
        try:
            if (self.connecting or self._lookup) and not self._connected():
                return
            while self.out:
                with memoryview(self.out) as waiting, waiting[:_CHUNK] as chunk:
                    sent = self._socket.send(chunk)
                del self.out[:sent]
        except (BlockingIOError, InterruptedError):
            return

    def feed(self, feed: Callable[[Any], object]) -> int:
        """Hand over what can be read now, in pieces: one is good until the next is read. Answers how many bytes."""
        fed = 0
        try:
            if (self.connecting or self._lookup) and not self._connected():
                return 0
            plain = self._socket is self._plain
            for _ in range(_READS):
                data = self._in[: self._plain.recv_into(self._in)] if plain else self._socket.recv(_PIECE)
                if not data:
                    raise ConnectionResetError("the server closed the connection")
                feed(data)
                size = len(data)
                fed += size
                if size < _PIECE and plain:
                    break  # under TLS a piece is short, and more may be waiting where no selector sees it
        except (BlockingIOError, InterruptedError):
            pass
        return fed

    def close(self) -> None:
        if self._lookup:
            self._lookup.close()
        if self._socket:
            self._socket.close()

    def _open(self, found: list[Target]) -> None:
        family, target = found[self._attempt % len(found)]
        try:
            self._plain = new_socket(family)
        except OSError as error:
            raise unreachable(error, self._address) from error
        self._plain.setblocking(False)
        self._socket = self._plain
        try:
            self._plain.connect(target)
        except OSError as error:
            # TCP goes on connecting; a unix socket that would block has a full backlog and was not connected.
            if error.errno != errno.EINPROGRESS:
                self.close()
                raise unreachable(error, self._address) from error
            self.connecting = True
        else:
            self._secure()

    def _connected(self) -> bool:
        """Whether the connection stands."""
        if self._lookup and not self._found(self._lookup):
            return False
        if self.connecting:
            if failed := self._plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(failed, os.strerror(failed))
            try:
                self._plain.getpeername()
            except OSError:
                return False
            self.connecting = False
            self._secure()
        return True

    def _found(self, lookup: Lookup) -> bool:
        """Connect once the name has been looked up. The pipe is open meanwhile: the socket gets another number."""
        found = lookup.found()
        if found is None:
            return False
        self.connecting = False
        try:
            self._open(found)
        finally:
            self._lookup = None
            lookup.close()
        return True

    def _secure(self) -> None:
        if self._address.encrypted:
            try:
                self._socket = tls().NonBlocking(self._plain, self._address)
            except QctlError:
                self.close()
                raise
