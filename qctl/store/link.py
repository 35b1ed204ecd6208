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
from qctl.store.refusals import ConnectionBroken, refusal
from qctl.store.wire import HANGS_UP, READ_SIZE, greeting, is_unknown, new_socket, pack, targets, understood, why


def _as_it_is(reply: Any) -> Any:
    return reply


class _Trip:
    """One round trip of a Link: its commands, and the answers so far."""

    def __init__(self, commands: Sequence[Command[Any]], sent_at: float) -> None:
        self.commands = list(commands)
        self.sent_at = sent_at
        self.answers: list[Any] = [None] * len(self.commands)
        self.missing = len(self.commands)

    def take(self, at: int, answer: Any) -> list[int]:
        """Keep an answer. Once all are here, tell the places of scripts that the server did not know."""
        self.answers[at] = answer
        self.missing -= 1
        if self.missing:
            return []
        unknown = [at for at, answer in enumerate(self.answers) if is_unknown(answer)]
        self.missing = len(unknown)
        return unknown


class Link:
    """A connection that never waits. The owner watches `fileno()` and calls `flush` and `receive` when it is ready.

    After any QctlError it is closed and of no more use: make another. `attempt` counts those that failed since the last
    that worked: each tries the next address of the host's name, for `localhost` may be ::1, and Redis on 127.0.0.1.
    """

    def __init__(self, address: Address, attempt: int = 0) -> None:
        self.address = address
        self._reader = hiredis.Reader()
        self._trips: deque[_Trip] = deque()
        self._expected: deque[tuple[_Trip, int]] = deque()  #: whose answers come next, in the order of sending
        self._out = bytearray()
        self._greeting: _Trip | None = None
        found = targets(address)
        family, target = found[attempt % len(found)]
        self._socket = new_socket(family)
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
        self._begin(_Trip(commands, monotonic()))
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
        while self._expected and (answer := self._next_answer()) is not False:
            if isinstance(answer, hiredis.ReplyError) and str(answer).startswith(HANGS_UP):
                self.close()
                raise refusal(str(answer), self.address.shown)
            trip, at = self._expected.popleft()
            again = trip.take(at, answer)
            if again:  # behind the trips that were sent meanwhile; the answers still go out in the order of the trips
                self._expected.extend((trip, place) for place in again)
                self._out += pack([trip.commands[place].with_source() for place in again])
        self.flush()
        done: list[list[Any]] = []
        while self._trips and not self._trips[0].missing:
            trip = self._trips.popleft()
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
            self._begin(self._greeting)
            self.flush()

    def _begin(self, trip: _Trip) -> None:
        self._trips.append(trip)
        self._expected.extend((trip, at) for at in range(len(trip.commands)))
        self._out += pack(trip.commands)

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
