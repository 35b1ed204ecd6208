"""Leaving a primary that is none any more, before it says so itself.

After a failover an old primary that lives takes writes for seconds, until a Sentinel makes it a replica: all those are
lost. Who connects is led to the new one; a connection that stands is not. So the Sentinels are asked now and then, each
in its turn. One that is cut off from the others may name a primary of yesterday: it takes two that agree.
"""

from __future__ import annotations

import math
from contextlib import suppress

from qctl.engine.inquiry import Inquiry
from qctl.engine.line import PATIENCE
from qctl.errors import QctlError
from qctl.store.refusals import Elsewhere

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from selectors import BaseSelector
    from typing import Final

    from qctl.engine.line import Line
    from qctl.model.address import Address

LOOK: Final = 1.0  #: seconds between two questions


class Lookout:
    """Asks who is the primary, for as long as a worker speaks to one. Only Sentinel has that to tell."""

    def __init__(self, address: Address, selector: BaseSelector, lines: Sequence[Line]) -> None:
        self._inquiry = Inquiry(address, selector, self._ready, PATIENCE)
        self._lines = lines
        self._due = -math.inf if address.service else math.inf
        self._attempt = 0
        self._named: tuple[str, int] | None = None  #: another primary, by the word of the last that were asked …
        self._witnesses: set[tuple[str, int] | None] = set()  #: … who are these

    def next_due(self) -> float:
        return self._inquiry.next_due() if self._inquiry.under_way else self._due

    def run_once(self, now: float) -> None:
        """Ask, or give up one who does not answer."""
        with suppress(QctlError):  # nobody knows just now: what stands is left as it is
            if self._inquiry.under_way:
                self._inquiry.run_once(now)
            else:
                self._due = now + LOOK
                self._attempt += 1
                self._inquiry.begin(self._attempt, now)
        self._compare(now)

    def close(self) -> None:
        """Ask nobody any more."""
        self._inquiry.close()

    def _ready(self, now: float) -> None:
        with suppress(QctlError):
            self._inquiry.receive(now)
        self._compare(now)

    def _compare(self, now: float) -> None:
        found, self._inquiry.found = self._inquiry.found, None
        if found is None:
            return
        named = (found.host, found.port)
        servers = [(line, line.server) for line in self._lines]
        elsewhere = [(line, server) for line, server in servers if server and (server.host, server.port) != named]
        if not elsewhere or self._named != named:
            self._witnesses = set()
        self._named = named if elsewhere else None
        self._witnesses.add(self._inquiry.witness)  # who is asked twice, because others are silent, is one
        for line, server in elsewhere if len(self._witnesses) >= self._inquiry.witnesses else ():
            line.leave(Elsewhere(f"Sentinel names {found.host}:{found.port} as the primary", url=server.shown), now)
