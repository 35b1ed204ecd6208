"""Asking Sentinels or a cluster's nodes where the server is, in a selector and without waiting."""

from __future__ import annotations

import math
from selectors import EVENT_READ, EVENT_WRITE

from qctl.errors import QctlError, RedisUnreachable
from qctl.store.link import Link
from qctl.store.route import Route

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from selectors import BaseSelector
    from typing import Any

    from qctl.model.address import Address
    from qctl.store.route import Question, Search


class Watched:
    """What the selector looks at for one connection at a time."""

    def __init__(self, selector: BaseSelector, ready: Callable[[float], None]) -> None:
        self._selector = selector
        self._ready = ready
        self._descriptor = -1
        self._events = 0

    def look(self, link: Link) -> None:
        """Let the selector look for what a connection waits for now."""
        events = EVENT_READ | (EVENT_WRITE if link.wants_write else 0)
        if self._events and link.fileno() != self._descriptor:  # the server's name has been looked up
            self._selector.unregister(self._descriptor)
            self._events = 0
        if not self._events:
            self._descriptor = link.fileno()
            self._selector.register(self._descriptor, events, self._ready)
        elif events != self._events:
            self._selector.modify(self._descriptor, events, self._ready)
        self._events = events

    def forget(self, link: Link) -> None:
        """Close a connection, which the selector must leave before its number is somebody else's."""
        if self._events:
            self._selector.unregister(self._descriptor)
        self._events = 0
        link.close()


class Inquiry:
    """One search at a time. `found` is where it came to."""

    def __init__(self, address: Address, selector: BaseSelector, ready: Callable[[float], None], patience: float):
        self.found: Address | None = None
        self._watched = Watched(selector, ready)
        self._patience = patience  #: seconds that there are for all who are asked
        self._route = Route(address)
        self._search: Search | None = None
        self._asked: Link | None = None
        self._attempt = 0
        self._deadline = math.inf

    @property
    def under_way(self) -> bool:
        return self._search is not None

    @property
    def witness(self) -> tuple[str, int] | None:
        """The Sentinel that said what was found last."""
        return self._route.witness

    @property
    def witnesses(self) -> int:
        """How many must say the same."""
        return self._route.witnesses

    def begin(self, attempt: int, now: float) -> None:
        """Go and look for the server. `attempt` counts the tries that failed. Raises QctlError, as all that follows."""
        self.found, self._attempt = None, attempt
        self._search = self._route.search(attempt)
        self._go_on(None, now)

    def next_due(self) -> float:
        """When whoever was asked is given up."""
        return self._deadline if self._asked is not None else math.inf

    def run_once(self, now: float) -> None:
        """Give up one who is silent, and ask another."""
        if self._asked is not None and now >= self._deadline:
            self._go_on(RedisUnreachable(url=self._asked.address.shown, reason="no answer"), now)

    def receive(self, now: float) -> None:
        """Hear what was said."""
        if self._asked is None:
            return
        try:
            self._asked.flush()
            told = self._asked.receive()
        except QctlError as error:
            self._go_on(error, now)
            return
        if told:
            self._go_on(told[0][0], now)
        else:
            self._watched.look(self._asked)

    def close(self) -> None:
        """Ask nobody any more."""
        self._search = None
        self._hang_up()

    def _go_on(self, said: Any, now: float) -> None:
        """Tell the search what was said, and ask whom it wants asked next."""
        self._hang_up()
        while self._search is not None:
            try:
                question = self._search.send(said)
            except StopIteration as end:
                self._search, self.found = None, end.value
                return
            except QctlError:
                self._search = None
                raise
            try:
                self._ask(question, now)
                return
            except QctlError as error:
                said = error

    def _ask(self, question: Question, now: float) -> None:
        asked = Link(question.address, self._attempt)
        asked.send([question.command])
        self._asked, self._deadline = asked, now + self._patience * self._route.patience
        self._watched.look(asked)

    def _hang_up(self) -> None:
        if self._asked is not None:
            self._watched.forget(self._asked)
        self._asked = None
