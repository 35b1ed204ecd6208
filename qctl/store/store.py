"""A store to talk to: the verbs of one namespace over one connection, with the tries that a broken one deserves."""

from __future__ import annotations

import time

from qctl.clock import monotonic
from qctl.errors import QctlError, RedisBusy, RedisUnreachable
from qctl.later import cached_property, import_module
from qctl.store.refusals import ConnectionBroken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final, TypeVar

    from qctl.store.command import Command
    from qctl.store.job_verbs import JobVerbs
    from qctl.store.keys import Keys
    from qctl.store.transport import Transport
    from qctl.store.verbs import Verbs

    T = TypeVar("T")

_BUSY_PAUSE: Final = 0.05  #: seconds between the tries while Redis runs somebody's script or is loading


class Along:
    """A command that goes along with the next round trip of a store, and on its own if there is none."""

    def __init__(self, store: Store, command: Command[Any]) -> None:
        self.command = command
        self._store = store
        self._answers: list[Any] = []

    def carried(self, answer: Any) -> None:
        """Keep the answer."""
        self._answers = [answer]

    def take(self) -> Any:
        """The answer. Raises the QctlError that Redis' refusal means."""
        answer = self._answers[0] if self._answers else None
        if not self._answers or isinstance(answer, ConnectionBroken):  # that broke behind what it went along with
            self._store.leave(self)
            return self._store.do(self.command)
        if isinstance(answer, QctlError):
            raise answer
        return answer


class Store:
    """The store of one namespace.

    A broken connection is tried once more within the timeout, a busy server until it passes: every command may be sent
    twice.
    """

    def __init__(self, transport: Transport, keys: Keys) -> None:
        self.transport = transport
        self.keys = keys
        self.asked_twice = False  #: the last round trip, for its connection broke: it may have been heard before
        self._along: list[Along] = []

    @cached_property
    def job_verbs(self) -> JobVerbs:
        """What callers do with jobs: imported without all that workers and beats do."""
        found: JobVerbs = import_module("qctl.store.job_verbs").JobVerbs(self.keys)
        return found

    @cached_property
    def verbs(self) -> Verbs:
        """What is written, of this namespace: imported when something is."""
        found: Verbs = import_module("qctl.store.verbs").Verbs(self.keys)
        return found

    def do(self, command: Command[T]) -> T:
        """Carry out one command. Raises the QctlError that Redis' refusal means."""
        answer: Any
        (answer,) = self.ask_all((command,))
        if isinstance(answer, QctlError):
            raise answer
        result: T = answer
        return result

    def do_all(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """Carry out commands in one round trip. Raises the first refusal among the answers."""
        answers = self.ask_all(commands)
        for answer in answers:
            if isinstance(answer, QctlError):
                raise answer
        return answers

    def ask_all(self, commands: Sequence[Command[Any]]) -> list[Any]:
        """Carry out commands in one round trip. A refusal stands as a QctlError in its place."""
        if not commands:
            return []
        if not self._along:
            return self._exchange(commands, len(commands))
        along, self._along = self._along, []
        answers = self._exchange([*commands, *(one.command for one in along)], len(commands))
        for one in reversed(along):
            one.carried(answers.pop())
        return answers

    def along(self, command: Command[Any]) -> Along:
        """Let a command go along with the next round trip, behind all that is asked there."""
        self._along.append(Along(self, command))
        return self._along[-1]

    def leave(self, one: Along) -> None:
        """Let a command go along no more, if it has not gone."""
        self._along = [other for other in self._along if other is not one]

    def close(self) -> None:
        self.transport.close()

    def _exchange(self, commands: Sequence[Command[Any]], needed: int) -> list[Any]:
        """Carry out commands, of which so many are asked for and the others go along."""
        deadline, self.asked_twice = monotonic() + self.transport.timeout, False
        answers = self._exchange_twice(commands, deadline, needed)
        while (busy := [at for at, answer in enumerate(answers) if isinstance(answer, RedisBusy)]) and (
            monotonic() < deadline
        ):
            time.sleep(_BUSY_PAUSE)
            asked = [commands[at] for at in busy]
            for at, answer in zip(busy, self._exchange_twice(asked, deadline, len(asked)), strict=True):
                answers[at] = answer
        return answers

    def _exchange_twice(self, commands: Sequence[Command[Any]], deadline: float, needed: int) -> list[Any]:
        try:
            return self._heard(commands, needed)
        except RedisBusy as busy:  # it did not even let us in
            return [busy] * len(commands)
        except ConnectionBroken as first:
            if monotonic() >= deadline:
                raise
            self.asked_twice = True
            try:
                return self._heard(commands, needed)
            except ConnectionBroken:
                raise
            except (RedisUnreachable, RedisBusy) as error:  # nobody takes them now: the first try may have been heard
                raise first from error

    def _heard(self, commands: Sequence[Command[Any]], needed: int) -> list[Any]:
        """The answers, if the connection broke behind those that are needed with that in place of the others."""
        try:
            return self.transport.exchange(commands)
        except ConnectionBroken as error:
            if len(error.heard) < needed:
                raise
            return [*error.heard, *[error] * (len(commands) - len(error.heard))]
