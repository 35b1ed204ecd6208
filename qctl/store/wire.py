"""The transport that waits, to wherever the namespace is."""

from __future__ import annotations

import hiredis

from qctl.clock import monotonic, pause
from qctl.errors import QctlError, RedisUnreachable
from qctl.later import later
from qctl.store.command import with_sources
from qctl.store.connection import Bare, pack_words
from qctl.store.refusals import ConnectionBroken, Elsewhere, NotUnderstood, is_unknown_script, refusal
from qctl.store.sockets import broken, unsent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from qctl.model.address import Address
    from qctl.store.command import Command, Word
    from qctl.store.connection import Connection
    from qctl.store.route import Question, Route
else:
    Route = later("qctl.store.route", "Route")

HANGS_UP = "ERR Protocol error"  #: the server closes the connection after it, and answers nothing more
_ASK_AGAIN = 0.05  #: seconds
LOOK = 1.0  #: seconds between two questions to the Sentinels about a connection that stands
RESPITE = 20  #: times as long as a look took until the next one: silent Sentinels must not hold up each exchange
LATE = 0.25  #: seconds after which an answer may be that of a primary which stood still, and was replaced meanwhile


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
    """A blocking connection. Every exchange has a deadline of `timeout` seconds. `make` connects to a server."""

    def __init__(self, address: Address, timeout: float, make: Callable[[Address, float], Connection] = Bare) -> None:
        self.address = address
        self.timeout = timeout
        self._make = make
        self._route: Any = Route(address) if address.hosts else None
        self._attempt = -1
        self._server = address  #: whom it is connected to
        self._connection: Connection | None = None
        self._look_at = 0.0  #: when to ask again whether that is the server still

    def exchange(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """Send all commands in one round trip and read all answers; an error reply stands as a QctlError in its place.

        Raises RedisUnreachable if nothing was sent, ConnectionBroken if the outcome is unknown.
        """
        if self._connection is not None and monotonic() >= self._look_at and self._is_replaced():
            self.close()
        began = monotonic()
        try:
            answers = self._round_trip([command.words for command in commands])
        except ConnectionBroken as error:
            believed = not self.address.service and not any(map(is_unknown, error.heard))
            error.heard = self._all_understood(error.heard, commands) if believed else ()
            raise
        if monotonic() >= began + LATE and self._is_replaced():
            raise self._broken(ConnectionAbortedError("another server is the primary by now"))
        refused = [answer for answer in answers if isinstance(answer, hiredis.ReplyError)]
        if refused:
            tell_scripts(answers, commands, self._round_trip)
        found = self._all_understood(answers, commands)
        if refused and any(isinstance(answer, Elsewhere) for answer in found):
            self.close()  # whoever asks once more is led to where it is now
        return found

    def subscribe(self, channel: str) -> None:
        """Turn this connection into a listener; `listen` then answers what is published."""
        self._round_trip([("SUBSCRIBE", channel)])

    def listen(self, seconds: float) -> bytes | None:
        """Wait for the next message of a subscribed channel; None if none came in time."""
        assert self._connection is not None, "subscribed"
        try:
            message = self._connection.read(monotonic() + seconds)
        except TimeoutError:
            return None
        except OSError as error:
            raise self._broken(error) from error
        return message[2] if isinstance(message, list) and message[0] == b"message" else b""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _round_trip(self, asked: Sequence[tuple[Word, ...]]) -> list[Any]:
        """Send commands and read their answers, those to the first ones also where it breaks."""
        answers: list[Any] = []
        connection = self._connection or self._connect()
        deadline = monotonic() + self.timeout
        try:
            connection.send(asked, self.timeout)
            self._read_all(connection, len(asked), deadline, answers)
            return answers
        except TimeoutError as error:
            raise self._broken(TimeoutError(f"no answer within {round(self.timeout, 2):g} s"), answers) from error
        except OSError as error:
            raise self._broken(error, answers) from error
        except BaseException:
            self.close()  # interrupted half-way: what is still to come would be taken for the next question's answer
            raise

    def _read_all(self, connection: Connection, count: int, deadline: float, answers: list[Any]) -> None:
        while len(answers) < count:
            answers.append(answer := connection.read(deadline))
            if isinstance(answer, hiredis.ReplyError) and str(answer).startswith(HANGS_UP):
                self.close()
                raise refusal(str(answer), self._server.shown)

    def _connect(self) -> Connection:
        self._connection = made = self._reached()
        try:
            answers = self._round_trip(greeting(self._server))
        except ConnectionBroken as error:  # nothing but the greeting was sent: no command's fate is in doubt
            raise unsent(error, self._server) from error
        for answer in answers:
            if isinstance(answer, hiredis.ReplyError):
                self.close()
                raise refusal(str(answer), self._server.shown)
        return made

    def _reached(self) -> Connection:
        """Connect to the server, wherever it is. One that was named and is gone is asked for until another is named."""
        deadline = monotonic() + self.timeout
        while True:
            self._server, self._look_at = self._found(), monotonic() + LOOK
            try:
                return self._make(self._server, self.timeout)
            except RedisUnreachable as error:
                if not self.address.hosts or "help" in error.facts or monotonic() >= deadline:
                    raise
                pause(_ASK_AGAIN)

    def _is_replaced(self) -> bool:
        """Whether two Sentinels name another primary than the one that this is connected to.

        After a failover the old one takes writes for seconds, until it is made a replica: all those are lost.
        """
        if not self.address.service:
            return False
        began = monotonic()
        try:
            heard = [(self._found() != self._server, self._route.witness) for _ in range(2)]
            return all(other for other, _ in heard) and len({who for _, who in heard}) >= self._route.witnesses
        except QctlError:  # nobody knows just now: what stands is left as it is
            return False
        finally:
            now = monotonic()
            self._look_at = now + max(LOOK, RESPITE * (now - began))

    def _found(self) -> Address:
        """Look for the server, as the route says, beginning with another one who might know each time."""
        if self._route is None:
            return self.address
        self._attempt += 1
        search, said = self._route.search(self._attempt), None
        while True:
            try:
                question = search.send(said)
            except StopIteration as found:
                server: Address = found.value
                return server
            said = told_by(question, self.timeout * self._route.patience, self._make)

    def _broken(self, error: OSError, heard: Sequence[Any] = ()) -> ConnectionBroken:
        self.close()
        told = broken(error, self._server)
        told.heard = heard
        return told

    def _all_understood(self, answers: Sequence[Any], commands: Sequence[Command[Any]]) -> list[Any]:
        """What answers mean: those to the first of these commands."""
        try:
            return [understood(answer, command, self._server) for answer, command in zip(answers, commands)]  # noqa: B905
        except NotUnderstood:
            self.close()
            raise


def told_by(question: Question, seconds: float, make: Callable[[Address, float], Connection]) -> Any:
    """What somebody who may know where the server is answers, or why he does not."""
    asked = Wire(question.address, seconds, make)
    try:
        return asked.exchange([question.command])[0]
    except QctlError as error:
        return error
    finally:
        asked.close()


def tell_scripts(
    answers: list[Any],
    commands: Sequence[Command[Any]],
    round_trip: Callable[[Sequence[tuple[Word, ...]]], list[Any]],
) -> None:
    """Say once more what the server does not know: with the text of each script once, then with each call.

    It may forget them in between. The answers take their places.
    """
    for once_for_each in (True, False):
        again = [at for at, answer in enumerate(answers) if is_unknown(answer)]
        if again:
            asked = [commands[at] for at in again]
            told = with_sources(asked) if once_for_each else [command.with_source() for command in asked]
            try:
                said = round_trip([one.words for one in told])
            except ConnectionBroken as error:
                error.heard = ()  # what was told once more stands in other places
                raise
            for at, answer in zip(again, said, strict=True):
                answers[at] = answer


def is_unknown(answer: Any) -> bool:
    return isinstance(answer, hiredis.ReplyError) and is_unknown_script(str(answer))


def understood(answer: Any, command: Command[Any], address: Address) -> Any:
    """What an answer means. Raises NotUnderstood if it is not of the form that this command has."""
    if isinstance(answer, hiredis.ReplyError):
        return refusal(str(answer), address.shown, command.key)
    try:
        return command.read(answer)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise NotUnderstood(url=address.shown, reason=f"{error!r:.200}") from error
