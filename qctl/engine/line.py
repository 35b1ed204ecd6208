"""A conversation with Redis that never waits: send, go back to the selector, read when readable.

Every exchange has a deadline. When the connection breaks or falls silent, all that was under way is told so, in
order, and the line connects again with backoff and jitter. Nobody is told before `ask` has returned: whoever asks notes
that an answer is under way. Whoever asked decides what is asked once more: every verb of the store may be sent twice.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Any, Final

from qctl.errors import QctlError
from qctl.store import Command
from qctl.store.address import Address
from qctl.store.link import Link
from qctl.store.refusals import ConnectionBroken

PATIENCE: Final = 5.0  #: seconds that an answer may take before the connection is given up
FIRST_PAUSE: Final = 0.05  #: seconds before the first try to connect again; doubles from there
LONGEST_PAUSE: Final = 2.0

Then = Callable[[list[Any]], None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One round trip under way."""

    then: Then  #: gets one answer per command; a refusal stands as a QctlError in its place
    lost: Callable[[], None]  #: called instead when the connection broke: the outcome is unknown
    deadline: float


class Line:
    """One connection, made again whenever it breaks."""

    def __init__(self, address: Address, selector: BaseSelector, dice: Random, patience: float = PATIENCE) -> None:
        self._address = address
        self._selector = selector
        self._dice = dice
        self._patience = patience
        self._link: Link | None = None
        self._events = 0
        self._under_way: deque[Exchange] = deque()
        self._untold: list[Exchange] = []  #: lost in the act of sending
        self._failures = 0
        self._retry_at = -math.inf
        self.on_up: Callable[[], None] = _nothing  #: called when a connection has been made
        self.on_down: Callable[[QctlError], None] = _ignore  #: called at every failure, with the reason

    @property
    def up(self) -> bool:
        """Whether there is a connection to send on."""
        return self._link is not None

    def ask(
        self,
        commands: Sequence[Command[Any]],
        then: Then,
        lost: Callable[[], None],
        now: float,
        patience: float | None = None,
    ) -> bool:
        """Begin a round trip. False: there is no connection, and nothing was sent."""
        if self._link is None:
            return False
        self._under_way.append(Exchange(then, lost, now + (patience or self._patience)))
        try:
            self._link.send(commands)
        except QctlError as error:
            self._let_go(error, now)
        else:
            self._watch()
        return True

    def ready(self, now: float) -> None:
        """The selector says that the connection can be read or written."""
        link = self._link
        if link is None:
            return
        try:
            link.flush()
            answered = link.receive()
        except QctlError as error:
            self._break(error, now)
            return
        except (LookupError, TypeError, ValueError) as error:
            self._break(self._broken(f"what answers there is no Redis of ours: {error!r}"), now)
            return
        if answered:
            self._failures = 0
        for answers in answered:
            if self._link is not link:
                return  # broken by what an answer led to; the rest was told that it is lost
            self._under_way.popleft().then(answers)
        if self._link is link:
            self._watch()

    def next_due(self) -> float:
        """When to look at deadlines, or to connect again."""
        if self._link is None:
            return -math.inf if self._untold else self._retry_at
        return self._under_way[0].deadline if self._under_way else math.inf

    def run_once(self, now: float) -> None:
        """Connect if it is time to; give the connection up if an answer is overdue."""
        self._tell()
        if self._link is None:
            if now >= self._retry_at:
                self._connect(now)
        elif self._under_way and now >= self._under_way[0].deadline:
            self._break(self._broken(f"no answer within {self._patience:g} s"), now)

    def close(self) -> None:
        """Let the connection go without telling anybody."""
        if self._link is not None:
            self._forget()

    def fileno(self) -> int | None:
        return self._link.fileno() if self._link else None

    def _connect(self, now: float) -> None:
        try:
            self._link = Link(self._address, self._failures)
        except QctlError as error:
            self._pause(now, error)
            return
        self._events = 0
        self._watch()
        self.on_up()

    def _break(self, error: QctlError, now: float) -> None:
        self._let_go(error, now)
        self._tell()

    def _let_go(self, error: QctlError, now: float) -> None:
        self._forget()
        self._untold += self._under_way
        self._under_way.clear()
        self._pause(now, error)

    def _tell(self) -> None:
        """Tell those who wait for an answer that none will come."""
        untold, self._untold = self._untold, []
        for exchange in untold:
            exchange.lost()

    def _broken(self, reason: str) -> QctlError:
        return ConnectionBroken(url=self._address.shown, reason=reason)

    def _forget(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            if self._events:
                self._selector.unregister(self._registered)
            self._events = 0
            link.close()

    def _pause(self, now: float, error: QctlError) -> None:
        self._failures += 1
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 16))
        self._retry_at = now + longest * self._dice.uniform(0.5, 1.0)
        self.on_down(error)

    def _watch(self) -> None:
        assert self._link is not None
        events = EVENT_READ | (EVENT_WRITE if self._link.wants_write else 0)
        if not self._events:
            self._registered = self._link.fileno()
            self._selector.register(self._registered, events, self.ready)
        elif events != self._events:
            self._selector.modify(self._registered, events, self.ready)
        self._events = events


def _nothing() -> None:
    return None


def _ignore(error: QctlError) -> None:
    del error
