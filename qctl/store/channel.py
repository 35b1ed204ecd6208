"""Bytes to and from a server without ever waiting: a unix or TCP socket that connects meanwhile, under TLS or not."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from typing import Any

from qctl.errors import QctlError
from qctl.model.address import Address
from qctl.store.sockets import READ_SIZE, new_socket, targets, tls, unreachable

_READS = 64  #: of a socket that has more, before somebody else's turn comes
_CHUNK = 1 << 20  #: bytes that are handed to a socket at once


class Channel:
    """One connection. `attempt` says which address of the host's name to try. OSErrors are its end."""

    def __init__(self, address: Address, attempt: int) -> None:
        self.connecting = False
        self._address = address
        self._out = bytearray()
        found = targets(address)
        family, target = found[attempt % len(found)]
        try:
            self._plain = new_socket(family)
        except OSError as error:
            raise unreachable(error, address) from error
        self._plain.setblocking(False)
        self._socket: Any = self._plain
        self._open(target)

    def fileno(self) -> int:
        found: int = self._socket.fileno()
        return found

    @property
    def wants_write(self) -> bool:
        """Whether there is something to do as soon as there is room to write."""
        return self.connecting or (bool(self._out) and not getattr(self._socket, "wants_read", False))

    def put(self, data: bytes | bytearray) -> None:
        """Have bytes sent by the next `flush`."""
        self._out += data

    def flush(self) -> None:
        """Send what can be sent now."""
        try:
            if not self._connected():
                return
            while self._out:
                with memoryview(self._out) as waiting, waiting[:_CHUNK] as chunk:
                    sent = self._socket.send(chunk)
                del self._out[:sent]
        except (BlockingIOError, InterruptedError):
            return

    def read(self) -> Iterator[bytes]:
        """What can be read now, piece by piece."""
        try:
            if not self._connected():
                return
            for _ in range(_READS):
                data = self._socket.recv(READ_SIZE)
                if not data:
                    raise ConnectionResetError("the server closed the connection")
                yield data
                if len(data) < READ_SIZE and self._socket is self._plain:
                    return  # under TLS a piece is short, and more may be waiting where no selector sees it
        except (BlockingIOError, InterruptedError):
            return

    def close(self) -> None:
        self._socket.close()

    def _open(self, target: Any) -> None:
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

    def _secure(self) -> None:
        if self._address.encrypted:
            try:
                self._socket = tls().NonBlocking(self._plain, self._address)
            except QctlError:
                self.close()
                raise
