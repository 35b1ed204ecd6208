"""The transport that never waits, for processes that live in a selector: the worker and the beat."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Sequence
from typing import Any

import hiredis

from qctl.clock import monotonic
from qctl.errors import QctlError, RedisUnreachable
from qctl.store.address import Address
from qctl.store.command import Command
from qctl.store.refusals import ConnectionBroken
from qctl.store.wire import READ_SIZE, greeting, is_unknown, new_socket, pack, understood, why


def _as_it_is(reply: Any) -> Any:
    return reply


class _Trip:
    """One round trip of a Link: its commands, and the answers so far."""

    def __init__(self, commands: Sequence[Command[Any]], sent_at: float) -> None:
        self.commands = list(commands)
        self.sent_at = sent_at
        self.answers: list[Any] = []
        self.places = list(range(len(self.commands)))  #: where the answers to come belong

    def take(self, answer: Any) -> None:
        if len(self.answers) < len(self.commands):
            self.answers.append(answer)
        else:
            self.answers[self.places[0]] = answer
        self.places.pop(0)

    def unknown_scripts(self) -> list[int]:
        return [at for at, answer in enumerate(self.answers) if is_unknown(answer)]


class Link:
    """A connection that never waits. The owner watches `fileno()` and calls `flush` and `receive` when it is ready.

    After any QctlError it is closed and of no more use: make another.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._reader = hiredis.Reader()
        self._trips: deque[_Trip] = deque()
        self._out = bytearray()
        self._greeting: _Trip | None = None
        self._socket, target = new_socket(address)
        self._socket.setblocking(False)
        self._open(target)

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def wants_write(self) -> bool:
        """Say whether bytes wait to be sent: watch for writability, then `flush`."""
        return bool(self._out)

    @property
    def pending(self) -> int:
        """How many round trips are under way."""
        return len(self._trips)

    @property
    def waiting_since(self) -> float | None:
        """Monotonic time at which the oldest round trip under way was sent."""
        return self._trips[0].sent_at if self._trips else None

    def send(self, commands: Sequence[Command[Any]]) -> None:
        """Begin a round trip."""
        self._trips.append(_Trip(commands, monotonic()))
        self._out += pack(commands)
        self.flush()

    def flush(self) -> None:
        """Send what can be sent now."""
        try:
            while self._out:
                sent = self._socket.send(self._out)
                del self._out[:sent]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise self._broken(why(error)) from error

    def receive(self) -> list[list[Any]]:
        """Answer the round trips that are complete, oldest first. An error reply stands as a QctlError in its place."""
        self._feed()
        done: list[list[Any]] = []
        while self._trips:
            trip = self._trips[0]
            while trip.places and (answer := self._next_answer()) is not False:
                trip.take(answer)
            if trip.places:
                break
            again = trip.unknown_scripts()
            if again:
                trip.places = again
                self._out += pack([trip.commands[at].with_source() for at in again])
                self.flush()
                break
            self._trips.popleft()
            answers = [understood(a, c, self.address) for a, c in zip(trip.answers, trip.commands, strict=True)]
            if trip is self._greeting:
                self._check_greeting(answers)
            else:
                done.append(answers)
        return done

    def close(self) -> None:
        self._socket.close()

    def _open(self, target: Any) -> None:
        try:
            self._socket.connect(target)
        except OSError as error:
            # TCP goes on connecting; a unix socket that would block has a full backlog and was not connected.
            if error.errno != errno.EINPROGRESS:
                self.close()
                raise RedisUnreachable(url=self.address.shown, reason=why(error)) from error
        first = greeting(self.address)
        if first:
            self._greeting = _Trip([Command(words, _as_it_is) for words in first], monotonic())
            self._trips.append(self._greeting)
            self._out += pack(self._greeting.commands)
            self.flush()

    def _check_greeting(self, answers: list[Any]) -> None:
        for answer in answers:
            if isinstance(answer, QctlError):
                self.close()
                raise answer

    def _feed(self) -> None:
        try:
            while True:
                data = self._socket.recv(READ_SIZE)
                if not data:
                    raise ConnectionResetError("the server closed the connection")
                self._reader.feed(data)
                if len(data) < READ_SIZE:
                    return
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise self._broken(why(error)) from error

    def _next_answer(self) -> Any:
        try:
            return self._reader.gets()
        except hiredis.ProtocolError as error:
            raise self._broken("no Redis answers there") from error

    def _broken(self, reason: str) -> QctlError:
        self.close()
        return ConnectionBroken(url=self.address.shown, reason=reason)
