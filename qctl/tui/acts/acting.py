"""What an act is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable

from qctl.classes import dataclass, replace
from qctl.model.show import count
from qctl.tui.screen import Effect, Page, Question, Screen, Toast
from qctl.tui.table import cursor_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look
    from qctl.tui.screen import Listing
    from qctl.tui.table import Row, Rows


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


def ask(here: Here, text: str, effect: Effect) -> Next:
    """Ask in the bottom line before something is done."""
    return only(replace(here.screen, question=Question(text=text, effect=effect)))


def tell(here: Here, text: str) -> Next:
    """Say what a key came to."""
    return only(replace(here.screen, toast=Toast(text=text)))


def nothing(here: Here, why: str) -> Next:
    """Say why a key does nothing here."""
    return only(replace(here.screen, toast=Toast(text=why, bad=True)))


def named(names: tuple[str, ...], noun: str) -> str:
    """One thing by its name, several by their number."""
    return f"{noun} {names[0]}" if len(names) == 1 else count(len(names), noun)
