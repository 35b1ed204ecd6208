"""A connection by redis-py, for the schemes that are worth its import: TLS, Sentinel and Cluster.

`Wire` says where to and what an answer means, redis-py how it is packed, sent and read. A `redis.Connection` tries
nothing twice: only the library's clients do, and they would send a write again without anybody knowing. It is given a
connected socket, so that TLS is checked by our rules.
"""

from __future__ import annotations

import math
from contextlib import contextmanager

import hiredis
import redis
from redis.connection import DefaultParser

from qctl.clock import monotonic
from qctl.store.connection import NO_REDIS, check_piece, left
from qctl.store.sockets import READ_SIZE, connected

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from qctl.model.address import Address
    from qctl.store.command import Word


class _Bounded:
    """The socket as redis-py sees it. Nothing takes longer than it may, nor is longer; what broke it is remembered."""

    def __init__(self, server: Address, seconds: float) -> None:
        self._socket = connected(server, seconds)
        self.deadline = math.inf
        self.fed = 0  #: bytes of the answer that is being read
        self.failure: OSError | None = None
        self.settimeout, self.shutdown, self.close = self._socket.settimeout, self._socket.shutdown, self._socket.close

    def sendall(self, data: bytes) -> None:
        sent = 0
        with self._remembering():
            while sent < len(
                data
            ):  # not the socket's own: under TLS that has its time anew for each piece that is taken
                self._socket.settimeout(left(self.deadline))
                sent += self._socket.send(memoryview(data)[sent:])

    def recv_into(self, buffer: bytearray) -> int:
        with self._remembering():
            self._socket.settimeout(left(self.deadline))
            size = self._socket.recv_into(buffer)
            self.fed += size
            check_piece(size, self.fed)
            return size

    @contextmanager
    def _remembering(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failure = error
            raise


class _Verbatim(DefaultParser):  # type: ignore[misc, valid-type]
    """Leaves the words of an error as the server said them, for redis-py drops the first."""

    @classmethod
    def parse_error(cls, response: str) -> redis.ResponseError:
        return redis.ResponseError(response)


class _Connection(redis.Connection):
    """One on a socket that is connected already, and that says nothing of its own."""

    def __init__(self, server: Address, made: _Bounded) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            host=server.host,
            port=server.port,
            parser_class=_Verbatim,
            protocol=2,
            socket_read_size=READ_SIZE,
        )
        self.lib_name = self.lib_version = self.driver_info = None
        self._made = made

    def _connect(self) -> Any:
        return self._made


class RedisPy:
    """A Connection by redis-py."""

    def __init__(self, server: Address, seconds: float) -> None:
        self._socket = _Bounded(server, seconds)
        self._connection: Any = _Connection(server, self._socket)
        self._connection.connect()  # type: ignore[no-untyped-call]

    def send(self, asked: Sequence[tuple[Word, ...]], seconds: float) -> None:
        self._socket.deadline = monotonic() + seconds
        with self._in_our_words():
            self._connection.send_packed_command(self._connection.pack_commands(asked))

    def read(self, deadline: float) -> Any:
        self._socket.deadline, self._socket.fed = deadline, 0
        with self._in_our_words():
            try:
                return self._connection.read_response(disconnect_on_error=False)
            except redis.ResponseError as error:
                return hiredis.ReplyError(str(error))

    def close(self) -> None:
        self._connection.disconnect()

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        self._socket.failure = None
        try:
            yield
        except (redis.RedisError, MemoryError) as error:
            raise self._socket.failure or ConnectionAbortedError(NO_REDIS) from error
