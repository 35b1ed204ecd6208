"""The connection that waits, by hiredis on a socket: what is said on it, and how answers are awaited.

It connects in a millisecond and imports little.
"""

from __future__ import annotations

from _socket import MSG_DONTWAIT, socket

import hiredis

from qctl.clock import monotonic
from qctl.store.sockets import LARGEST_ANSWER, READ_SIZE, connected, patience_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    from qctl.model.address import Address
    from qctl.store.command import Word

    class Connection(Protocol):
        """A connection to one server, on which nothing is said yet. OSErrors are its end."""

        def send(self, asked: Sequence[tuple[Word, ...]], seconds: float) -> None:
            """Send commands, within these seconds."""

        def read(self, deadline: float) -> Any:
            """The next answer; an error reply is a hiredis.ReplyError. After a TimeoutError it may be asked again."""

        def close(self) -> None:
            """Let the connection go."""


NO_REDIS = "no Redis answers there"
_AT_ONCE = 65536  #: bytes that are sent together
_LOOKS = 80  #: some 100 us
_LONGEST_REST = 64  #: answers
_NEARLY = 0.01  #: seconds by which an answer may be waited for longer than asked

#: The stub of hiredis says that a command has one word.
pack_words: Callable[[tuple[Word, ...]], bytes] = hiredis.pack_command  # type: ignore[assignment]


class Bare:
    """A Connection by hiredis on the socket itself."""

    def __init__(self, server: Address, seconds: float) -> None:
        self._socket = connected(server, seconds)
        self._reader = hiredis.Reader()
        self._buffer = bytearray(READ_SIZE)
        self._looks_at = self._socket.recv_into if type(self._socket) is socket else None  #: None: under TLS
        self._resting = 0  #: answers that are not looked for before it waits
        self._rest = 1  #: how many those are after the next look in vain
        self._set_patience = patience_of(self._socket)
        self._patience = -1.0  #: seconds that each call of the socket's may take

    def send(self, asked: Sequence[tuple[Word, ...]], seconds: float) -> None:
        """Send commands, the first of many long ones while the next are still written down: the server begins then."""
        deadline = monotonic() + seconds
        self._wait_at_most(seconds)
        pieces: list[bytes] = []
        size = 0
        try:
            for words in asked:
                pieces.append(pack_words(words))
                size += len(pieces[-1])
                if size > _AT_ONCE:
                    self._send_all(b"".join(pieces), deadline)
                    pieces, size = [], 0
            self._send_all(b"".join(pieces), deadline)
        except BlockingIOError:
            raise TimeoutError from None

    def _send_all(self, data: bytes, deadline: float) -> None:
        """Send all of it; `sendall` would wait anew for each piece that a slow server takes."""
        sent = self._socket.send(data) if data else 0
        while sent < len(data):
            self._wait_at_most(left(deadline))
            sent += self._socket.send(memoryview(data)[sent:])

    def read(self, deadline: float) -> Any:
        fed = 0
        while (answer := next_answer(self._reader)) is False:
            size = self._received_at_once() or self._received(deadline)
            fed += size
            check_piece(size, fed)
            self._reader.feed(self._buffer, 0, size)  # type: ignore[arg-type]
        return answer

    def _received_at_once(self) -> int:
        """Bytes that come while it is looked for them; 0: none did.

        To sleep and to be woken takes longer than Redis takes for a short answer. Where it was in vain, for the server
        is busy or far away, it is left alone for a while, longer each time.
        """
        if self._resting or self._looks_at is None:
            self._resting -= bool(self._resting)
            return 0
        for _ in range(_LOOKS):
            try:
                size = self._looks_at(self._buffer, READ_SIZE, MSG_DONTWAIT)
            except BlockingIOError:
                continue
            self._rest = 1
            return size
        self._resting = self._rest
        self._rest = min(2 * self._rest, _LONGEST_REST)
        return 0

    def _received(self, deadline: float) -> int:
        self._wait_at_most(left(deadline))
        try:
            return self._socket.recv_into(self._buffer)
        except BlockingIOError:
            raise TimeoutError from None

    def _wait_at_most(self, seconds: float) -> None:
        if not 0 <= self._patience - seconds < _NEARLY:  # telling the kernel takes as long as sending
            self._patience = seconds
            self._set_patience(seconds)

    def close(self) -> None:
        self._socket.close()


def next_answer(reader: hiredis.Reader) -> Any:
    """The next answer, False if it is not all there. Raises OSError for what is none."""
    try:
        return reader.gets()
    except (hiredis.ProtocolError, MemoryError) as error:
        raise ConnectionAbortedError(NO_REDIS) from error


def check_length(fed: int) -> None:
    """Whoever sends without an end is not listened to for ever (attack 49). Raises OSError."""
    if fed > LARGEST_ANSWER:
        raise ConnectionAbortedError(f"{NO_REDIS}: an answer of more than {LARGEST_ANSWER >> 20} MB")


def check_piece(size: int, fed: int) -> None:
    """Look at a piece of an answer, of which so many bytes have come by now. Raises OSError if there is no more."""
    if not size:
        raise ConnectionResetError("the server closed the connection")
    check_length(fed)


def left(deadline: float) -> float:
    """Seconds up to a deadline. Raises TimeoutError if there are none."""
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
