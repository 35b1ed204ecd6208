"""Making contact without waiting: finding out where the server is, then connecting to it."""

from __future__ import annotations

from qctl.engine.inquiry import Inquiry, Watched
from qctl.errors import NotPermitted, RedisUnreachable
from qctl.store.link import Link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from selectors import BaseSelector
    from typing import Any

    from qctl.errors import QctlError
    from qctl.model.address import Address


class Contact:
    """The connection of a Line, whichever it is at the time."""

    def __init__(self, address: Address, selector: BaseSelector, ready: Callable[[float], None], patience: float):
        self.link: Link | None = None  #: to the server that is meant; None: nobody is reached
        self._watched = Watched(selector, ready)
        self._inquiry = Inquiry(address, selector, ready, patience)
        self._attempt = 0

    @property
    def seeking(self) -> bool:
        """Whether somebody was asked where the server is."""
        return self._inquiry.under_way

    def begin(self, attempt: int, now: float) -> None:
        """Go and look for the server. `attempt` counts the tries that failed. Raises QctlError."""
        self._attempt = attempt
        self._inquiry.begin(attempt, now)
        self._connect()

    def next_due(self) -> float:
        """When whoever was asked is given up."""
        return self._inquiry.next_due()

    def run_once(self, now: float) -> None:
        """Give up one who is silent, and ask another. Raises QctlError if there is none."""
        self._inquiry.run_once(now)
        self._connect()

    def receive(self, now: float) -> list[list[Any]]:
        """Read and write what can be. Answers the round trips that are complete. Raises QctlError."""
        link = self.link
        if link is not None:
            return link.receive()
        if self._inquiry.under_way:
            self._inquiry.receive(now)
            self._connect()
        return []

    def watch(self) -> None:
        """Let the selector look for what the connection waits for now."""
        assert self.link is not None, "connected"
        self._watched.look(self.link)

    def close(self) -> None:
        """Let every connection go."""
        self._inquiry.close()
        if self.link is not None:
            self._watched.forget(self.link)
        self.link = None

    def _connect(self) -> None:
        """Connect to where the server is, once that is known."""
        found, self._inquiry.found = self._inquiry.found, None
        if found is not None:
            self.link = Link(found, self._attempt)
            self.watch()


def is_news(error: QctlError, outage: QctlError | None) -> bool:
    """Whether a failure is to be told of: the first of an outage, and that we are not let in (fault 53)."""
    return outage is None or (isinstance(error, NotPermitted) and not isinstance(outage, NotPermitted))


def never_reached(outage: QctlError, address: Address) -> QctlError:
    """Why a process cannot begin: of a connection that was only tried, no answer is in doubt."""
    if not isinstance(outage, RedisUnreachable):
        return outage
    told = {name: fact for name, fact in outage.facts.items() if name in ("reason", "help")}
    return RedisUnreachable("", url=address.shown, **told)
