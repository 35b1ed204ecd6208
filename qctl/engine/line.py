"""A conversation with Redis that never waits: send, go back to the selector, read when readable.

Every exchange has a deadline. When the connection breaks or falls silent, all that was under way is told so, in
order, and the line connects again with backoff and jitter. Nobody is told before `ask` has returned: whoever asks notes
that an answer is under way. Whoever asked decides what is asked once more: every verb of the store may be sent twice.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

from qctl.classes import dataclass
from qctl.engine.contact import Contact
from qctl.engine.unheard import unheard
from qctl.errors import QctlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random
    from selectors import BaseSelector
    from typing import Final

    from qctl.model.address import Address
    from qctl.store import Command

PATIENCE: Final = 5.0  #: seconds that an answer may take before the connection is given up
FIRST_PAUSE: Final = 0.05  #: seconds before the first try to connect again; doubles from there
LONGEST_PAUSE: Final = 2.0

Then = Callable[[list[Any]], None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One round trip under way."""

    then: Then  #: gets one answer per command; a refusal stands as a QctlError in its place
    lost: Callable[[], None]  #: called instead when the connection broke: the outcome is unknown
    sent_at: float
    patience: float  #: seconds


class Line:
    """One connection, made again whenever it breaks."""

    def __init__(self, address: Address, selector: BaseSelector, dice: Random, patience: float = PATIENCE) -> None:
        self._dice = dice
        self._patience = patience
        self._contact = Contact(address, selector, self.ready, patience)
        self._told_up = False
        self._under_way: deque[Exchange] = deque()
        self._untold: list[Exchange] = []  #: lost in the act of sending
        self._failures = 0
        self._retry_at = -math.inf
        self.on_up: Callable[[], None] = unheard  #: called when a connection stands and we were let in
        self.on_down: Callable[[QctlError], None] = unheard  #: called at every failure, with the reason

    @property
    def up(self) -> bool:
        """Whether there is a connection to send on."""
        return self._contact.link is not None

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._under_way or self._untold)

    def ask(
        self,
        commands: Sequence[Command[Any]],
        then: Then,
        lost: Callable[[], None],
        now: float,
        patience: float | None = None,
    ) -> bool:
        """Begin a round trip. False: there is no connection, and nothing was sent."""
        link = self._contact.link
        if link is None:
            return False
        self._under_way.append(Exchange(then, lost, now, patience or self._patience))
        try:
            link.send(commands)
        except QctlError as error:
            self._let_go(error, now)
        else:
            self._contact.watch()
        return True

    def ready(self, now: float) -> None:
        """The selector says that the connection can be read or written."""
        try:
            answered = self._contact.receive(now)
        except QctlError as error:
            self._break(error, now)
            return
        if not self._told_up:
            self._tell_up()
        contact, link = self._contact, self._contact.link
        if answered:
            self._failures = 0
        for answers in answered:
            if contact.link is not link:
                return  # broken by what an answer led to; the rest was told that it is lost
            self._under_way.popleft().then(answers)
        if link is not None and contact.link is link:
            contact.watch()

    def next_due(self) -> float:
        """When to look at deadlines, or to connect again."""
        if self._contact.seeking:
            return self._contact.next_due()
        if not self.up:
            return -math.inf if self._untold else self._retry_at
        return self._overdue_at()

    def run_once(self, now: float) -> None:
        """Connect if it is time to; give the connection up if an answer is overdue."""
        self._tell()
        link = self._contact.link
        if link is not None:
            if now >= self._overdue_at():
                patience = self._under_way[0].patience
                self._break(link.give_up(f"no answer within {patience:g} s"), now)
            return
        try:
            if self._contact.seeking:
                self._contact.run_once(now)
            elif now >= self._retry_at:
                self._contact.begin(self._failures, now)
        except QctlError as error:
            self._let_go(error, now)
        self._tell_up()

    def close(self) -> None:
        """Let the connection go without telling anybody."""
        self._contact.close()

    @property
    def server(self) -> Address | None:
        """The server that it is connected to."""
        return self._contact.link.address if self._contact.link else None

    def leave(self, error: QctlError, now: float) -> None:
        """Let the connection go, for this reason, and make another."""
        if self.up:
            self._break(error, now)

    def fileno(self) -> int | None:
        return self._contact.link.fileno() if self._contact.link else None

    def _overdue_at(self) -> float:
        """When the connection is given up, for its oldest round trip has had its time."""
        link = self._contact.link
        if link is None or not self._under_way:
            return math.inf
        oldest = self._under_way[0]
        return max(oldest.sent_at, link.sent_again_at) + oldest.patience

    def _tell_up(self) -> None:
        if not self._told_up and self._contact.link is not None and self._contact.link.established:
            self._told_up = True
            self.on_up()

    def _break(self, error: QctlError, now: float) -> None:
        self._let_go(error, now)
        self._tell()

    def _let_go(self, error: QctlError, now: float) -> None:
        self._contact.close()
        self._told_up = False
        self._untold += self._under_way
        self._under_way.clear()
        self._pause(now, error)

    def _tell(self) -> None:
        """Tell those who wait for an answer that none will come."""
        untold, self._untold = self._untold, []
        for exchange in untold:
            exchange.lost()

    def _pause(self, now: float, error: QctlError) -> None:
        self._failures += 1
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 16))
        self._retry_at = now + longest * self._dice.uniform(0.5, 1.0)
        self.on_down(error)
