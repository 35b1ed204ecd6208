"""Tables of rows: columns of fixed cells, so that a changed cell moves no other. Pure."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.cells import cut, pad
from qctl.tui.picture import Span, fit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Listing


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str  #: what it is sorted by; empty: it cannot be
    title: str
    cells: int  #: 0: takes what the others leave
    right: bool = False
    from_width: int = 0  #: shown in tables of at least so many cells
    wide: int = 0  #: its cells in tables of 100 cells or more; 0: the same


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `cells` are those of all columns, in their order."""

    key: str
    cells: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that are known of a list: those from `first` on, of `total`."""

    rows: tuple[Row, ...] = ()
    first: int = 0
    total: int = 0
    more: bool = False  #: `total` is as far as was read
    bounded: bool = False  #: no more of them can be read

    @classmethod
    def whole(cls, rows: Sequence[Row]) -> Rows:
        """A list that is known from end to end."""
        return cls(tuple(rows), 0, len(rows))

    def place_of(self, key: str) -> int | None:
        """Which row has this key."""
        return next((self.first + at for at, row in enumerate(self.rows) if row.key == key), None)

    def at(self, place: int) -> Row | None:
        """The row at a place, if it is known."""
        return self.rows[place - self.first] if self.first <= place < self.first + len(self.rows) else None


def counted(total: int, *, more: bool) -> str:
    """`73`; `73+` where that is only as far as was read."""
    return f"{total:,}{'+' if more else ''}"


def cursor_of(listing: Listing, rows: Rows) -> tuple[int, Row | None]:
    """Where the cursor is, and on what: it stays on its row while that is there, else at its place."""
    found = rows.place_of(listing.cursor) if listing.cursor else None
    place = found if found is not None else min(listing.place, max(0, rows.total - 1))
    return place, rows.at(place)


def offset_of(listing: Listing, place: int, total: int, height: int) -> int:
    """The first row that is shown, so that the cursor's is."""
    lowest, highest = place - height + 1, place
    return max(0, min(max(lowest, min(listing.offset, highest)), max(0, total - height)))


def table(columns: Sequence[Column], rows: Rows, listing: Listing, room: tuple[int, int], look: Look) -> list[Line]:
    """Title and rows in `room`, cells and lines."""
    width, height = room
    kept = [(at, column) for at, column in enumerate(columns) if width >= column.from_width]
    fixed = sum(_cells(column, width) for _, column in kept) + 2 + max(0, len(kept) - 1)
    free = max(4, width - fixed)
    sizes = {at: _cells(column, width) or free for at, column in kept}
    place = cursor_of(listing, rows)[0] if listing.place >= 0 else -1
    offset = offset_of(listing, place, rows.total, height - 1)
    lines: list[Line] = [fit(_title(kept, sizes, listing, look), width, look.ellipsis)]
    for at in range(offset, min(rows.total, offset + height - 1)):
        row = rows.at(at)
        lines.append(fit(_row(row, kept, sizes, listing, look, under_cursor=at == place), width, look.ellipsis))
    return lines


def _cells(column: Column, width: int) -> int:
    return column.wide if column.wide and width >= 100 else column.cells


def _title(kept: Sequence[tuple[int, Column]], sizes: dict[int, int], listing: Listing, look: Look) -> Line:
    spans = [Span("  ")]
    for at, column in kept:
        arrow = look.sign("▲" if listing.reverse else "▼") if column.name and column.name == listing.sort else ""
        spans += [
            Span(pad(cut(column.title + arrow, sizes[at], ""), sizes[at], right=column.right), "quiet"),
            Span(" "),
        ]
    return tuple(spans[:-1])


def _row(
    row: Row | None,
    kept: Sequence[tuple[int, Column]],
    sizes: dict[int, int],
    listing: Listing,
    look: Look,
    *,
    under_cursor: bool,
) -> Line:
    pointer = look.sign("▸") if under_cursor else " "
    if row is None:
        return (Span(f"{pointer} {look.ellipsis}", "quiet"),)
    mark = "*" if row.key in listing.marked else " "
    spans = [Span(pointer + mark, "title" if under_cursor else "")]
    for at, column in kept:
        cell = row.cells[at]
        shown = pad(cut(cell.text, sizes[at], look.ellipsis), sizes[at], right=column.right)
        spans += [Span(shown, f"{cell.style} title".strip() if under_cursor else cell.style), Span(" ")]
    return tuple(spans[:-1])
