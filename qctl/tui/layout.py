"""How a screen is parted: what has room at which size, and how many lines each part has. Pure."""

from __future__ import annotations

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LEAST: Final = (80, 24)  #: cells and lines of the whole screen; below, there is a table and a line of keys
LARGE: Final = (120, 40)  #: from which on there are tabs and panels

_HEAD: Final = 3
_PANELS: Final = 6  #: lines of a row of panels, edges counted


@dataclass(frozen=True, slots=True)
class Layout:
    """Lines of each part, 0 where it is left out."""

    head: int  #: title, figures, sparklines
    tabs: int
    panels: int  #: throughput and queues, above
    list: int  #: of the table, its title counted
    pane: int  #: what is told of the row under the cursor
    boxed: bool
    below: int  #: next schedules and newest failures
    alert: int
    foot: int = 1

    @property
    def rows(self) -> int:
        """How many rows of the list are seen."""
        return max(1, self.list - 1)

    @property
    def around_page(self) -> int:
        """Lines that a page does not have, for they stand on every screen."""
        return self.head + self.tabs + self.alert + self.foot


def page_lines(width: int, height: int) -> int:
    """How many lines of a page are seen, its edges not counted."""
    return max(1, height - layout(width, height).around_page - 2)


def layout(width: int, height: int) -> Layout:
    """The parts of a screen of this size."""
    if width < LEAST[0] or height < LEAST[1]:
        return Layout(1, 0, 0, max(1, height - 2), 0, boxed=False, below=0, alert=0)
    if width < LARGE[0] or height < LARGE[1]:
        pane = 3 + (height - LEAST[1]) // 3
        return Layout(_HEAD, 0, 0, height - _HEAD - pane - 5, pane, boxed=True, below=0, alert=1)
    pane = 4 + (height - LARGE[1]) // 3
    taken = 2 + _PANELS + 3 + pane + _PANELS + 2
    return Layout(1, 1, _PANELS, height - taken, pane, boxed=True, below=_PANELS, alert=1)
