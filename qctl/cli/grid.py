"""Plain tables: aligned columns, no lines drawn, fitted to the width there is."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.cells import cut, fold, pad, width, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.cli.terminal import Look

GAP: Final = 2
_HANG: Final = "  "  #: before what goes on in the first column, so that no text of others begins a line
NARROW: Final = 60  #: cells of a terminal below which lists fold what people type, and what is told of it
_MOST_LINES: Final = 8  #: of a cell that is folded; what one would then scroll past is cut
ANY: Final = 1_000_000  #: more cells than a terminal has


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False  #: numbers stand on the right
    least: int = 0  #: cells to which it may shrink; 0: not at all
    given_up: int = 0  #: where room is short: the highest is left out first; 0: never
    folds_below: int = 0  #: on terminals of fewer cells what has no room goes on below itself; elsewhere it is cut


@dataclass(frozen=True, slots=True)
class Cell:
    """A text with a colour. A plain text does as a cell too."""

    text: str
    colour: str = ""


def grid(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell | str]], look: Look, below: Sequence[str] = ()
) -> list[str]:
    """Write a table as lines: a title line, then the rows. On a terminal no line is wider than it.

    `below` is a text for each row that stands whole below it, unless it is empty. The texts are made harmless here, so
    callers hand them over as they are.
    """
    texts = [[_safe(cell, look) for cell in row] for row in rows]
    kept, room = _fit(columns, list(range(len(columns))), texts, look.width)
    lines = [_line([columns[i].title for i in kept], columns, kept, room, look, None)]
    for row, cells, text in zip(rows, texts, below or [""] * len(rows), strict=True):
        colours = [cell.colour if isinstance(cell, Cell) else "" for cell in row]
        parts = _folded([cells[i] for i in kept], columns, kept, room, look)
        lines += [_line(part, columns, kept, room, look, [colours[i] for i in kept]) for part in parts]
        if text:
            lines += [_HANG + part for part in fold(_safe(text, look), (look.width or ANY) - len(_HANG))]
    return lines


def _hung(text: str, room: int, margin: str) -> list[str]:
    """A text in lines of so many cells, those after the first behind a margin."""
    first, *more = fold(text, room)
    rest = text.removeprefix(first).lstrip(" ") if more and margin else ""
    return [first, *(margin + line for line in fold(rest, room - len(margin)))] if rest else [first, *more]


def _folded(
    texts: Sequence[str], columns: Sequence[Column], kept: Sequence[int], room: dict[int, int], look: Look
) -> list[list[str]]:
    """A row as the texts of its lines: of one, unless some of its cells are folded."""
    cells, begin = [], 0
    for i, text in zip(kept, texts, strict=True):
        folds = look.width is not None and look.width < columns[i].folds_below
        left = min(room[i], look.width - begin) if folds and look.width else 0
        lines = _hung(text, left, _HANG if begin == 0 else "") if left > 0 else [text]
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES - 1 :] = [cut(" ".join(lines[_MOST_LINES - 1 :]), left, look.ellipsis)]
        cells.append(lines)
        begin += room[i] + GAP
    height = max(map(len, cells))
    return [[cell[at] if at < len(cell) else "" for cell in cells] for at in range(height)]


def foot(parts: Sequence[str], look: Look) -> list[str]:
    """What stands below a table, its parts one after the other. What has no room in a line begins the next one."""
    dot = look.sign(" · ")
    lines: list[str] = []
    for part in map(look.safe, parts):
        longer = f"{lines[-1]}{dot}{part}" if lines else part
        if lines and look.width is not None and width(longer) > look.width:
            lines.append(part)
        else:
            lines[-1:] = [longer]
    return lines if look.width is None else [each for line in lines for each in wrapped(line, look.width)]


def labelled(label: str, text: str, indent: int, look: Look) -> list[str]:
    """A label, and beside it a text, which is folded below itself. Both are harmless already."""
    first, *more = fold(text, look.width - indent) if look.width else [text]
    return [pad(label, indent) + first, *(" " * indent + line for line in more)]


def _safe(cell: Cell | str, look: Look) -> str:
    return look.safe(look.sign(cell.text) if isinstance(cell, Cell) else cell)


def _fit(
    columns: Sequence[Column], kept: list[int], texts: Sequence[Sequence[str]], available: int | None
) -> tuple[list[int], dict[int, int]]:
    """Choose columns and their cells: shrink what may shrink, widest first, then leave columns out."""
    natural = {i: max([width(columns[i].title), *(width(row[i]) for row in texts)]) for i in kept}
    while True:
        room = {i: natural[i] for i in kept}
        if available is None or _shrink(columns, room, available):
            return kept, room
        optional = [i for i in kept if columns[i].given_up]
        if not optional:
            return kept, room
        kept.remove(max(optional, key=lambda i: columns[i].given_up))


def _shrink(columns: Sequence[Column], room: dict[int, int], available: int) -> bool:
    """Take cells from the columns that can give, widest first, until all fit. Says whether they do."""
    least = {i: max(columns[i].least, width(columns[i].title)) if columns[i].least else room[i] for i in room}
    if sum(room.values()) + GAP * (len(room) - 1) > available:
        room.update({i: min(cells, max(least[i], available)) for i, cells in room.items()})
    excess = sum(room.values()) + GAP * (len(room) - 1) - available
    while excess > 0:
        giving = [i for i in room if room[i] > least[i]]
        if not giving:
            return False
        room[max(giving, key=lambda i: room[i])] -= 1
        excess -= 1
    return True


def _line(
    texts: Sequence[str],
    columns: Sequence[Column],
    kept: Sequence[int],
    room: dict[int, int],
    look: Look,
    colours: Sequence[str] | None,
) -> str:
    parts, begin = [], 0
    for place, (i, text) in enumerate(zip(kept, texts, strict=True)):
        left = room[i] if look.width is None else min(room[i], look.width - begin)
        if left <= 0:
            break  # more columns than the terminal has cells for, and none that may be left out
        shown = cut(text, left, look.ellipsis)
        last = place == len(kept) - 1 and not columns[i].right
        filled = shown if last else pad(shown, left, right=columns[i].right)
        colour = colours[place] if colours else "dim"
        parts.append(look.paint(filled, colour) if shown else filled)
        begin += room[i] + GAP
    return (" " * GAP).join(parts).rstrip()
