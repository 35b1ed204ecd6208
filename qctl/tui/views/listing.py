"""Lists that are known from end to end: found in by words, and sorted by the columns' values. Pure."""

from __future__ import annotations

from qctl.tui.table import Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from qctl.tui.screen import Screen
    from qctl.tui.table import Column, Row


def arranged(rows: Sequence[tuple[Row, tuple[Any, ...]]], columns: Sequence[Column], screen: Screen) -> Rows:
    """The rows that hold every word of the filter, as the list is sorted. `rows` come in their own order, each with
    the values by which its columns are sorted, as far as they can be.
    """
    listing = screen.list
    words = listing.query.lower().split()
    kept = [row for row in rows if all(word in _text(row[0]) for word in words)] if words else list(rows)
    names = [column.name for column in columns]
    if listing.sort and listing.sort in names:
        at = names.index(listing.sort)
        kept.sort(key=lambda row: row[1][at], reverse=listing.reverse)
    elif listing.reverse:
        kept.reverse()
    return Rows.whole([row for row, _ in kept])


def _text(row: Row) -> str:
    return " ".join([row.key, *(cell.text for cell in row.cells)]).lower()
