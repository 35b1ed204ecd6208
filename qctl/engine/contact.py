"""Making contact without waiting: asking Sentinels or a cluster's nodes where the server is, then connecting to it.

Watches its connection in the selector, and tells its owner when there is something to read or room to write.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector
from typing import Any

from qctl.errors import QctlError, RedisUnreachable
from qctl.store.address import Address
from qctl.store.link import Link
from qctl.store.route import Question, Route, Search


class Contact:
    """The connection of a Line, whichever it is at the time."""

    def __init__(self, address: Address, selector: BaseSelector, ready: Callable[[float], None], patience: float):
        self.link: Link | None = None  #: to the server that is meant; None: nobody is reached
        self._selector = selector
        self._ready = ready
        self._patience = patience  #: seconds in which a connection must stand
        self._route = Route(address)
        self._search: Search | None = None
        self._asked: Link | None = None  #: one who may know where the server is
        self._attempt = 0
        self._registered: tuple[int, int] | None = None  #: descriptor and events

    @property
    def seeking(self) -> bool:
        """Whether somebody was asked where the server is."""
        return self._search is not None

    def begin(self, attempt: int, now: float) -> None:
        """Go and look for the server. `attempt` counts the tries that failed. Raises QctlError."""
        self._attempt = attempt
        self._search = self._route.search(attempt)
        self._go_on(None, now)

    def next_due(self) -> float:
        """When whoever was asked is given up."""
        return self._deadline if self._asked is not None else math.inf

    def run_once(self, now: float) -> None:
        """Give up one who is silent, and ask another. Raises QctlError if there is none."""
        if self._asked is not None and now >= self._deadline:
            silent = RedisUnreachable(url=self._asked.address.shown, reason="no answer")
            self._hang_up()
            self._go_on(silent, now)

    def receive(self, now: float) -> list[list[Any]]:
        """Read and write what can be. Answers the round trips that are complete. Raises QctlError."""
        if self._asked is not None:
            self._hear(now)
            return []
        if self.link is None:
            return []
        self.link.flush()
        return self.link.receive()

    def watch(self) -> None:
        """Let the selector look for what the connection waits for now."""
        link = self.link or self._asked
        assert link is not None, "connected"
        events = EVENT_READ | (EVENT_WRITE if link.wants_write else 0)
        if self._registered is None:
            self._selector.register(link.fileno(), events, self._ready)
        elif self._registered[1] != events:
            self._selector.modify(self._registered[0], events, self._ready)
        self._registered = (self._registered[0] if self._registered else link.fileno(), events)

    def close(self) -> None:
        """Let every connection go."""
        self._search = None
        self._hang_up()

    def _hear(self, now: float) -> None:
        assert self._asked is not None
        try:
            self._asked.flush()
            told = self._asked.receive()
        except QctlError as error:
            self._hang_up()
            self._go_on(error, now)
            return
        if told:
            self._hang_up()
            self._go_on(told[0][0], now)
        else:
            self.watch()

    def _go_on(self, said: Any, now: float) -> None:
        """Tell the search what was said, and do what it wants next."""
        while self._search is not None:
            try:
                question = self._search.send(said)
            except StopIteration as found:
                self._search = None
                self.link = Link(found.value, self._attempt)
            except QctlError:
                self._search = None
                raise
            else:
                try:
                    self._ask(question, now)
                except RedisUnreachable as error:
                    said = error
                    continue
            self.watch()
            return

    def _ask(self, question: Question, now: float) -> None:
        asked = Link(question.address, self._attempt)
        asked.send([question.command])
        self._asked, self._deadline = asked, now + self._patience * self._route.patience

    def _hang_up(self) -> None:
        link = self.link or self._asked
        self.link = self._asked = None
        if link is not None:
            if self._registered is not None:  # before its number is somebody else's
                self._selector.unregister(self._registered[0])
            self._registered = None
            link.close()
