"""A page of lines in a box, of which as many are seen as there is room for. Pure."""

from __future__ import annotations

from qctl.tui import frame
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.tui.look import Look
    from qctl.tui.picture import Line


def boxed(title: Line, lines: Sequence[Line], back: int, room: tuple[int, int], look: Look) -> list[Line]:
    """The lines in a box, from the first one on, `back` lines further down; the edge says how far one is."""
    width, height = room
    seen = max(1, height - 2)
    first = max(0, min(back, len(lines) - seen))
    last = min(len(lines), first + seen)
    where = (Span(f"{first + 1}-{last} of {len(lines)}", "quiet"),) if len(lines) > seen else ()
    return frame.box(title, where, lines[first:last], width, height, look)
