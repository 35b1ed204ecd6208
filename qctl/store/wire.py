"""The transport that waits: RESP by hiredis over a unix or TCP socket or TLS, to wherever the namespace is.

It connects in a millisecond and imports little.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import hiredis

from qctl.clock import monotonic, pause
from qctl.errors import QctlError, RedisUnreachable
from qctl.store.address import Address
from qctl.store.command import Command, Word
from qctl.store.refusals import ConnectionBroken, Elsewhere, is_unknown_script, refusal
from qctl.store.route import Question, Route
from qctl.store.sockets import LARGEST_ANSWER, READ_SIZE, broken, connected, unsent

HANGS_UP = "ERR Protocol error"  #: the server closes the connection after it, and answers nothing more
NO_REDIS = "no Redis answers there"
_ASK_AGAIN = 0.05  #: seconds

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
    if address.encrypted:  # a server that asks for a certificate of ours says so only now: before any command
        words.append(("PING",))
    return words


class Wire:
    """A blocking connection. Every exchange has a deadline of `timeout` seconds."""

    def __init__(self, address: Address, timeout: float) -> None:
        self.address = address
        self.timeout = timeout
        self._route = Route(address)
        self._attempt = -1
        self._server = address  #: whom it is connected to
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
        found = [self._understood(answer, command) for answer, command in zip(answers, commands, strict=True)]
        if any(isinstance(answer, Elsewhere) for answer in found):
            self.close()  # whoever asks once more is led to where it is now
        return found

    def subscribe(self, channel: str) -> None:
        """Turn this connection into a listener; `listen` then answers what is published."""
        self._round_trip(pack_words(("SUBSCRIBE", channel)), 1)

    def listen(self, seconds: float) -> bytes | None:
        """Wait for the next message of a subscribed channel; None if none came in time."""
        try:
            message = self._read_one(monotonic() + seconds)
        except TimeoutError:
            return None
        except OSError as error:
            raise self._broken(error) from error
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
            raise self._broken(TimeoutError(f"no answer within {self.timeout:g} s")) from error
        except OSError as error:
            raise self._broken(error) from error

    def _read_all(self, count: int, deadline: float) -> list[Any]:
        answers: list[Any] = []
        while len(answers) < count:
            answers.append(answer := self._read_one(deadline))
            if isinstance(answer, hiredis.ReplyError) and str(answer).startswith(HANGS_UP):
                self.close()
                raise refusal(str(answer), self._server.shown)
        return answers

    def _read_one(self, deadline: float) -> Any:
        assert self._socket is not None
        fed = 0
        while (answer := next_answer(self._reader)) is False:
            left = deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            data = self._socket.recv(READ_SIZE)
            if not data:
                raise ConnectionResetError("the server closed the connection")
            fed += len(data)
            check_length(fed)
            self._reader.feed(data)
        return answer

    def _connect(self) -> socket.socket:
        made = self._reached()
        self._socket, self._reader = made, hiredis.Reader()
        words = greeting(self._server)
        try:
            answers = self._round_trip(b"".join(map(pack_words, words)), len(words))
        except ConnectionBroken as error:  # nothing but the greeting was sent: no command's fate is in doubt
            raise unsent(error, self._server) from error
        for answer in answers:
            if isinstance(answer, hiredis.ReplyError):
                self.close()
                raise refusal(str(answer), self._server.shown)
        return made

    def _reached(self) -> socket.socket:
        """Connect to the server, wherever it is. One that was named and is gone is asked for until another is named."""
        deadline = monotonic() + self.timeout
        while True:
            self._attempt += 1
            self._server = self._found()
            try:
                return connected(self._server, self.timeout)
            except RedisUnreachable as error:
                if not self.address.hosts or "help" in error.facts or monotonic() >= deadline:
                    raise
                pause(_ASK_AGAIN)

    def _found(self) -> Address:
        """Look for the server, as the route says."""
        search, said = self._route.search(self._attempt), None
        while True:
            try:
                question = search.send(said)
            except StopIteration as found:
                server: Address = found.value
                return server
            said = _told(question, self.timeout * self._route.patience)

    def _broken(self, error: OSError) -> ConnectionBroken:
        self.close()
        return broken(error, self._server)

    def _understood(self, answer: Any, command: Command[Any]) -> Any:
        try:
            return understood(answer, command, self._server)
        except ConnectionBroken:
            self.close()
            raise


def _told(question: Question, patience: float) -> Any:
    asked = Wire(question.address, patience)
    try:
        return asked.exchange([question.command])[0]
    except QctlError as error:
        return error
    finally:
        asked.close()


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


def is_unknown(answer: Any) -> bool:
    return isinstance(answer, hiredis.ReplyError) and is_unknown_script(str(answer))


def understood(answer: Any, command: Command[Any], address: Address) -> Any:
    """What an answer means. Raises ConnectionBroken if it is not of the form that this command has."""
    if isinstance(answer, hiredis.ReplyError):
        return refusal(str(answer), address.shown)
    try:
        return command.read(answer)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConnectionBroken(
            url=address.shown, reason=f"what answers there is no Redis of ours: {error!r}"
        ) from error
