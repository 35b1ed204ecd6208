"""What an act is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qctl.client.watching import Snapshot
from qctl.tui.look import Look
from qctl.tui.screen import Effect, Listing, Page, Screen
from qctl.tui.table import Row, Rows, cursor_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What is seen when a key is pressed."""

    screen: Screen
    snapshot: Snapshot
    rows: Rows
    look: Look
    value: str = ""  #: what the key hands on, or what was typed

    @property
    def listing(self) -> Listing:
        return self.screen.list

    @property
    def place(self) -> int:
        """Where the cursor is."""
        return cursor_of(self.listing, self.rows)[0]

    @property
    def row(self) -> Row | None:
        """What is under the cursor."""
        return cursor_of(self.listing, self.rows)[1]

    @property
    def targets(self) -> tuple[str, ...]:
        """The keys of what is acted on: all that is selected; if nothing is, what is under the cursor or open."""
        if self.screen.page in (Page.JOB, Page.LOG):
            return (self.screen.job,)
        if self.listing.marked:
            return tuple(sorted(self.listing.marked))
        return (self.row.key,) if self.row is not None else ()


Next = tuple[Screen, tuple[Effect, ...]]
Act = Callable[[Here], Next]


def only(screen: Screen) -> Next:
    """A next state, with nothing to be done."""
    return screen, ()
