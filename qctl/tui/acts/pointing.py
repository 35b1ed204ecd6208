"""What a click is on: a row, or the tab of a view. Pure."""

from __future__ import annotations

from qctl.classes import replace
from qctl.model.cells import width
from qctl.tui.acts.acting import only
from qctl.tui.acts.moving import to_place
from qctl.tui.header import tabs_line
from qctl.tui.layout import layout
from qctl.tui.screen import Page, View
from qctl.tui.table import offset_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.client.watching import Snapshot
    from qctl.tui.acts.acting import Here, Next
    from qctl.tui.look import Look
    from qctl.tui.screen import Screen


def pointed(here: Here, at: tuple[int, int]) -> tuple[Next, bool]:
    """The next state after a click on a cell, and whether it was on a row."""
    screen = here.screen
    view = tab_at(screen, here.snapshot, here.look, at)
    if view is not None:
        return only(replace(screen, view=view, page=Page.LIST, before=(), frozen=False)), False
    place = row_at(here, at[1])
    return (only(screen), False) if place is None else (to_place(here, place), True)


def tab_at(screen: Screen, snapshot: Snapshot, look: Look, at: tuple[int, int]) -> View | None:
    """The view whose tab is there."""
    parts = layout(screen.width, screen.height)
    if not parts.tabs or at[1] != parts.head:
        return None
    left = 0
    for span in tabs_line(snapshot, screen, look):
        right = left + width(span.text)
        if left <= at[0] < right and span.text.startswith("[") and span.text[1:2].isdecimal():
            return list(View)[int(span.text[1]) - 1]
        left = right
    return None


def row_at(here: Here, line: int) -> int | None:
    """The place of the row that is on this line of the screen."""
    screen = here.screen
    parts = layout(screen.width, screen.height)
    if screen.page is not Page.LIST:
        return None
    first = parts.head + parts.tabs + parts.panels + (1 if parts.boxed else 0) + 1  # an edge, and the table's title
    shown = line - first
    offset = offset_of(here.listing, here.place, here.rows.total, parts.rows)
    place = offset + shown
    return place if 0 <= shown < parts.rows and place < here.rows.total else None
