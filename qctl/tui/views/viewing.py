"""What a view is made of."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen
    from qctl.tui.table import Column, Row, Rows


@dataclass(frozen=True, slots=True)
class Pane:
    """What is told of the row under the cursor, below the list."""

    title: Line = ()
    right: Line = ()
    lines: tuple[Line, ...] = ()


def fact(name: str, text: str, look: Look, style: str = "") -> Line:
    """`Limits   max_running 6`: a line of a pane."""
    return (Span(f"{name:<8} ", "quiet"), Span(look.safe(text), style))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """How a view is drawn."""

    title: str
    columns: tuple[Column, ...]
    rows: Callable[[Snapshot, Screen, Look], Rows]
    note: Callable[[Snapshot, Screen, Look], Line]  #: in the upper edge, on the right
    pane: Callable[[Snapshot, Screen, Row | None, Look, tuple[int, int]], Pane]  #: in so many cells and lines
    empty: str  #: what stands where there are no rows
