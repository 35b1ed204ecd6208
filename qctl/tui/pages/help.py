"""The help page, drawn from the table of keys."""

from __future__ import annotations

from qctl.client.watching import Snapshot
from qctl.model.cells import pad
from qctl.tui.keys import KEYS, Key, shown
from qctl.tui.look import Look
from qctl.tui.pages.scrolling import boxed
from qctl.tui.picture import Line, Span, fit
from qctl.tui.screen import Screen

_KEYS: int = 12  #: cells of the keys
_COLUMN: int = 38  #: cells of one column


def help_page(screen: Screen, snapshot: Snapshot, look: Look, room: tuple[int, int]) -> list[Line]:
    """All keys, in as many columns as fit."""
    rows = [_row(key, look) for key in KEYS if not (key.changes and screen.read_only)]
    columns = max(1, (room[0] - 4) // _COLUMN)
    height = -(-len(rows) // columns)
    cells = (room[0] - 4) // columns
    lines: list[Line] = [
        tuple(span for at in range(row, len(rows), height) for span in fit(rows[at], cells, look.ellipsis))
        for row in range(height)
    ]
    return boxed((Span("Keys", "title"), Span("  ? or Esc leads back", "quiet")), lines, screen.scrolled, room, look)


def _row(key: Key, look: Look) -> Line:
    names = look.sign(" ".join(shown(each) for each in key.keys[:3]))
    return (Span(pad(names, _KEYS), "key"), Span(f" {key.help}"))
