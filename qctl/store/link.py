"""The transport that never waits, for processes that live in a selector: the worker and the beat."""

from __future__ import annotations

import math
from collections import deque

import hiredis

from qctl.clock import monotonic
from qctl.store.channel import Channel
from qctl.store.command import Command, with_sources
from qctl.store.connection import check_length, next_answer
from qctl.store.refusals import Elsewhere, NotUnderstood, refusal
from qctl.store.replies import same
from qctl.store.sockets import broken, unreachable, unsent
from qctl.store.wire import HANGS_UP, greeting, is_unknown, pack, understood

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from qctl.errors import QctlError
    from qctl.model.address import Address


class _Trip:
    """One round trip of a Link: its commands, and the answers so far."""

    def __init__(self, commands: Sequence[Command[Any]]) -> None:
        self.commands = list(commands)
        self.sent_again_at = -math.inf  #: the greeting was answered, or scripts that were not known went out whole
        self.answers: list[Any] = [None] * len(self.commands)
        self.missing = len(self.commands)
        self.unknown: list[int] = []  #: places of scripts that the server did not know
        self._told = False  #: each of those went out whole once

    def again(self) -> tuple[list[int], Sequence[Command[Any]]]:
        """Begin to wait for what is asked once more of a server that did not know the scripts: their places, and that.

        The text of each goes with its first call, and with every call if the server has forgotten it in between.
        """
        places, self.unknown = self.unknown, []
        self.missing, self.sent_again_at = len(places), monotonic()
        asked = [self.commands[place] for place in places]
        told = [command.with_source() for command in asked] if self._told else with_sources(asked)
        self._told = True
        return places, told


class Link:
    """A connection that never waits. The owner watches `fileno()` and calls `receive` when it is ready.

    After any QctlError it is closed and of no more use: make another. `attempt` counts those that failed since the last
    that worked: each tries the next address of the host's name, for `localhost` may be ::1, and Redis on 127.0.0.1.
    """

    def __init__(self, address: Address, attempt: int = 0) -> None:
        self.address = address
        self._reader = hiredis.Reader()
        self._fed = 0  #: bytes of the answer that is not complete yet
        self._trips: deque[_Trip] = deque()
        self._expected: deque[tuple[_Trip, int]] = deque()  #: whose answers come next, in the order of sending
        self._greeting: _Trip | None = None
        self._held = bytearray()  #: what is sent once we have been let in
        self._channel = Channel(address, attempt)
        if first := greeting(address):
            self._greeting = _Trip([Command(words, same) for words in first])
            self._begin(self._greeting)
            self.flush()

    def fileno(self) -> int:
        return self._channel.fileno()

    @property
    def established(self) -> bool:
        """Whether somebody is there, and has let us in."""
        return not self._channel.connecting and self._greeting is None

    @property
    def wants_write(self) -> bool:
        """Say whether to watch for writability, then `flush`: bytes wait to be sent, or the connection to stand."""
        return self._channel.wants_write

    @property
    def pending(self) -> int:
        """How many round trips are under way."""
        return len(self._trips)

    @property
    def sent_again_at(self) -> float:
        """Monotonic time since which the oldest round trip waits for a second answer, -inf if it waits for its first.

        Over a slow network each takes its time: the patience for it begins anew.
        """
        return self._trips[0].sent_again_at if self._trips else -math.inf

    def send(self, commands: Sequence[Command[Any]]) -> None:
        """Begin a round trip."""
        self._begin(_Trip(commands))
        self.flush()

    def flush(self) -> None:
        """Send what can be sent now."""
        try:
            self._channel.flush()
        except OSError as error:
            raise self._broken(error) from error

    def receive(self) -> list[list[Any]]:
        """Answer the round trips that are complete, oldest first. An error reply stands as a QctlError in its place.

        Raises Elsewhere if another server has the namespace now, and ConnectionBroken.
        """
        expected, trips, channel = self._expected, self._trips, self._channel
        if channel.out or channel.connecting:
            self.flush()
        try:
            self._fed += channel.feed(self._reader.feed)
            while expected and (answer := next_answer(self._reader)) is not False:
                self._fed = 0
                trip, at = expected.popleft()
                trip.answers[at] = answer
                trip.missing -= 1
                if isinstance(answer, hiredis.ReplyError):
                    self._note_refusal(trip, at, answer)
                if trip.unknown and not trip.missing:
                    self._send_again(trip)
            check_length(self._fed)
        except OSError as error:
            raise self._broken(error) from error
        done: list[list[Any]] = []
        while trips and not trips[0].missing:
            trip = trips.popleft()
            answers = [self._understood(trip, a, c) for a, c in zip(trip.answers, trip.commands, strict=True)]
            if trip is self._greeting:
                self._let_in()
            else:
                done.append(answers)
        return done

    def give_up(self, reason: str) -> QctlError:
        """Close it, for it was silent for too long, and answer what to tell whoever waits."""
        if not self.established:
            if self._channel.looking_up:
                reason = f"nobody tells the address of {self.address.host}: {reason}"
            self.close()
            return unreachable(TimeoutError(reason), self.address)
        return self._broken(TimeoutError(reason))

    def close(self) -> None:
        self._channel.close()

    def _begin(self, trip: _Trip) -> None:
        self._trips.append(trip)
        self._expected.extend((trip, at) for at in range(len(trip.commands)))
        data = pack(trip.commands)
        if self._greeting in (None, trip):
            self._channel.put(data)
        else:  # a server that does not let us in hangs up at the rest, and its reason may be lost with it
            self._held += data

    def _let_in(self) -> None:
        """The greeting was answered: send what has waited for that."""
        self._greeting = None
        for waiting in self._trips:
            waiting.sent_again_at = monotonic()
        self._channel.put(self._held)
        self.flush()

    def _note_refusal(self, trip: _Trip, at: int, answer: hiredis.ReplyError) -> None:
        """Raise what makes this connection useless, whatever else was asked on it."""
        refused = refusal(str(answer), self.address.shown)
        if is_unknown(answer):
            trip.unknown.append(at)
        elif trip is self._greeting or isinstance(refused, Elsewhere) or str(answer).startswith(HANGS_UP):
            self.close()
            raise refused

    def _send_again(self, trip: _Trip) -> None:
        """Send scripts whole, behind what was sent meanwhile; the answers go out in the order of the trips."""
        places, told = trip.again()
        self._expected.extend((trip, place) for place in places)
        self._channel.put(pack(told))
        self.flush()

    def _understood(self, trip: _Trip, answer: Any, command: Command[Any]) -> Any:
        """What an answer means. One that makes no sense stands for itself: others were asked on this connection too."""
        try:
            return understood(answer, command, self.address)
        except NotUnderstood as error:
            if trip is not self._greeting:
                return error
            self.close()
            raise

    def _broken(self, error: OSError) -> QctlError:
        self.close()
        found = broken(error, self.address)
        return found if self.established else unsent(found, self.address)
