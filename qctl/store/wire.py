"""The hot transport: RESP over a unix or TCP socket, by hiredis. It connects in a millisecond and imports little."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import hiredis

from qctl.clock import monotonic
from qctl.errors import RedisUnreachable
from qctl.store.address import Address
from qctl.store.command import Command, Word
from qctl.store.refusals import ConnectionBroken, is_unknown_script, refusal

READ_SIZE = 262144
HANGS_UP = "ERR Protocol error"  #: the server closes the connection after it, and answers nothing more

#: The stub of hiredis says that a command has one word.
pack_words: Callable[[tuple[Word, ...]], bytes] = hiredis.pack_command  # type: ignore[assignment]


def pack(commands: Sequence[Command[Any]]) -> bytes:
    return b"".join(pack_words(command.words) for command in commands)


def greeting(address: Address) -> list[tuple[Word, ...]]:
    """The words that a new connection begins with."""
    words: list[tuple[Word, ...]] = []
    if address.password:
        words.append(("AUTH", address.user, address.password) if address.user else ("AUTH", address.password))
    if address.db:
        words.append(("SELECT", address.db))
    return words


def targets(address: Address) -> list[tuple[int, Any]]:
    """What to connect to, each with its family: all addresses of a host's name, in order. Names are looked up here."""
    if address.scheme == "unix":
        return [(socket.AF_UNIX, address.path)]
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise RedisUnreachable(url=address.shown, reason=why(error)) from error
    return [(family, target) for family, _, _, _, target in found]


def new_socket(family: int) -> socket.socket:
    """Make a socket for a target of this family."""
    made = socket.socket(family, socket.SOCK_STREAM)
    if family != socket.AF_UNIX:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return made


def why(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


class Wire:
    """A blocking connection. Every exchange has a deadline of `timeout` seconds."""

    def __init__(self, address: Address, timeout: float) -> None:
        self.address = address
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._reader = hiredis.Reader()

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """Send all commands in one round trip and read all answers; an error reply stands as a QctlError in its place.

        Raises RedisUnreachable if nothing was sent, ConnectionBroken if the outcome is unknown.
        """
        answers = self._round_trip(pack(commands), len(commands))
        again = [at for at, answer in enumerate(answers) if is_unknown(answer)]
        if again:
            sources = [commands[at].with_source() for at in again]
            for at, answer in zip(again, self._round_trip(pack(sources), len(sources)), strict=True):
                answers[at] = answer
        return [understood(answer, command, self.address) for answer, command in zip(answers, commands, strict=True)]

    def subscribe(self, channel: str) -> None:
        """Turn this connection into a listener; `listen` then answers what is published."""
        self._round_trip(pack_words(("SUBSCRIBE", channel)), 1)

    def listen(self, seconds: float) -> bytes | None:
        """Wait for the next message of a subscribed channel; None if none came in time."""
        try:
            message = self._read_one(monotonic() + seconds)
        except TimeoutError:
            return None
        except (OSError, hiredis.ProtocolError) as error:
            raise self._broken(why(error) if isinstance(error, OSError) else "no Redis answers there") from error
        return message[2] if isinstance(message, list) and message[0] == b"message" else b""

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _round_trip(self, data: bytes, count: int) -> list[Any]:
        connected = self._socket or self._connect()
        deadline = monotonic() + self.timeout
        try:
            connected.settimeout(self.timeout)
            connected.sendall(data)
            return self._read_all(count, deadline)
        except TimeoutError as error:
            raise self._broken(f"no answer within {self.timeout:g} s") from error
        except (OSError, hiredis.ProtocolError) as error:
            raise self._broken(why(error) if isinstance(error, OSError) else "no Redis answers there") from error

    def _read_all(self, count: int, deadline: float) -> list[Any]:
        answers: list[Any] = []
        while len(answers) < count:
            answers.append(answer := self._read_one(deadline))
            if isinstance(answer, hiredis.ReplyError) and str(answer).startswith(HANGS_UP):
                self.close()
                raise refusal(str(answer), self.address.shown)
        return answers

    def _read_one(self, deadline: float) -> Any:
        assert self._socket is not None
        while (answer := self._reader.gets()) is False:
            left = deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            data = self._socket.recv(READ_SIZE)
            if not data:
                raise ConnectionResetError("the server closed the connection")
            self._reader.feed(data)
        return answer

    def _connect(self) -> socket.socket:
        made = self._connected()
        self._socket, self._reader = made, hiredis.Reader()
        words = greeting(self.address)
        try:
            answers = self._round_trip(b"".join(map(pack_words, words)), len(words))
        except ConnectionBroken as error:  # nothing but the greeting was sent: no command's fate is in doubt
            raise RedisUnreachable(url=self.address.shown, reason=error.facts["reason"]) from error
        for answer in answers:
            if isinstance(answer, hiredis.ReplyError):
                self.close()
                raise refusal(str(answer), self.address.shown)
        return made

    def _connected(self) -> socket.socket:
        """Connect to the first address of the host that answers: `localhost` may be ::1, and Redis on 127.0.0.1."""
        deadline, refused = monotonic() + self.timeout, OSError("the name has no address")
        for family, target in targets(self.address):
            made = new_socket(family)
            made.settimeout(max(0.01, deadline - monotonic()))
            try:
                made.connect(target)
            except OSError as error:
                made.close()
                refused = error
            else:
                return made
        raise RedisUnreachable(url=self.address.shown, reason=why(refused)) from refused

    def _broken(self, reason: str) -> ConnectionBroken:
        self.close()
        return ConnectionBroken(url=self.address.shown, reason=reason)


def is_unknown(answer: Any) -> bool:
    return isinstance(answer, hiredis.ReplyError) and is_unknown_script(str(answer))


def understood(answer: Any, command: Command[Any], address: Address) -> Any:
    if isinstance(answer, hiredis.ReplyError):
        return refusal(str(answer), address.shown)
    return command.read(answer)
