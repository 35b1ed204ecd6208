"""Keys for rows that are not there yet: they wait for the look that answers the filter typed before them. Pure."""

from __future__ import annotations

from qctl.tui.keys import key_named
from qctl.tui.screen import Page, Purpose, View
from qctl.tui.sifting import failures_sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.screen import Screen

UNANSWERED: Final = "this list has not been looked for yet: that key was for no row"
#: What is done at once, whatever rows are there.
_OF_NO_ROW: Final = frozenset(
    {
        "view", "next-view", "last-view", "filter", "back", "palette", "freeze", "faster", "slower", "suspend",
        "redraw", "help", "quit", "warning", "dismiss", "sort", "reverse", "newest",
    }
)  # fmt: skip


def is_early(screen: Screen, snapshot: Snapshot, pressed: str) -> bool:
    """Whether a key is for a row of a list that this look is not of: it would meet a row that nobody meant."""
    if screen.question is not None or _is_of(screen, snapshot):
        return False
    if screen.prompt is not None:
        return screen.prompt.purpose is Purpose.COMMAND and pressed == "enter"
    key = key_named(screen, pressed)
    return key is not None and key.name not in _OF_NO_ROW


def _is_of(screen: Screen, snapshot: Snapshot) -> bool:
    """Whether the rows are those that are asked for. A screen that stands still is meant as it stands."""
    if screen.page is not Page.LIST or screen.frozen:
        return True
    if screen.view is View.JOBS:
        return not snapshot.page.unread and snapshot.page.words == screen.list.query
    return screen.view is not View.FAILURES or snapshot.errors_sought == failures_sought(screen.list.query)
