"""The help page, drawn from the table of keys: in groups, in as many columns as fit, no text cut."""

from __future__ import annotations

from qctl.model.cells import fold, pad, width
from qctl.tui.keys import KEYS, LISTS, PAGES, shown
from qctl.tui.pages.scrolling import boxed
from qctl.tui.picture import Span, fit
from qctl.tui.screen import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.keys import Key
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen

_KEYS: Final = 11  #: cells of the keys, where no more is needed
_COLUMN: Final = 38  #: cells of one column, at least
#: What a group holds, by the names of its acts; what changes something is under Act, the rest under Look.
_GROUPS: Final = {
    "Move": {"up", "down", "page-up", "page-down", "first", "last", "open", "info", "back", "warning", "newest"},
    "Views": {"view", "next-view", "last-view", "help", "quit", "palette"},
    "List": {"filter", "sort", "reverse", "mark", "mark-all", "invert"},
    "Output": {"log", "follow", "wrap", "find", "find-next", "find-last", "stream", "save"},
}
_PLACES: Final = (*(view.value for view in View), "log")
_SHORT: Final = {LISTS: "lists", PAGES: "pages"}
_ORDER: Final = ("Move", "Views", "List", "Act", "Output", "Look")


def help_page(screen: Screen, snapshot: Snapshot, look: Look, room: tuple[int, int]) -> list[Line]:
    """All keys."""
    title = (Span("Keys", "title"), Span("  ? or Esc leads back", "quiet"))
    return boxed(title, help_lines(screen, snapshot, look, room[0] - 4), screen.scrolled, room, look)


def help_lines(screen: Screen, snapshot: Snapshot, look: Look, inside: int) -> list[Line]:
    """All of its lines in so many cells. Groups stay whole; they fill one column after the other."""
    columns = max(1, min(3, inside // _COLUMN))
    cells = inside // columns
    blocks = [_block(name, keys, cells - 1, look) for name, keys in _grouped(screen).items() if keys]
    return [
        tuple(span for part in row for span in fit(part, cells, look.ellipsis)) for row in _in_columns(blocks, columns)
    ]


def _grouped(screen: Screen) -> dict[str, list[Key]]:
    groups: dict[str, list[Key]] = {name: [] for name in _ORDER}
    for key in KEYS:
        if not (key.changes and screen.read_only):
            groups[_group_of(key)].append(key)
    return groups


def _group_of(key: Key) -> str:
    if key.changes:
        return "Act"
    return next((name for name, acts in _GROUPS.items() if key.name in acts), "Look")


def _block(name: str, keys: list[Key], cells: int, look: Look) -> list[Line]:
    """A group: its name, and each key with what it does, folded beside it."""
    lines: list[Line] = [(Span(name, "title"),)]
    for key in keys:
        names = look.key(" ".join(shown(each) for each in key.keys[:3]))
        room = max(_KEYS, width(names))
        first, *more = fold(key.help + _where(key), cells - room - 1)
        lines.append((Span(pad(names, room), "key"), Span(f" {first}")))
        lines += [(Span(" " * (room + 1) + part),) for part in more]
    return [*lines, ()]


def _where(key: Key) -> str:
    """Where it does that, if the same key does something else in another place."""
    if not any(other is not key and other.keys[0] in key.keys for other in KEYS):
        return ""
    if key.places in _SHORT:
        return f" ({_SHORT[key.places]})"
    return f" ({', '.join(each for each in _PLACES if each in key.places)})"


def _in_columns(blocks: list[list[Line]], columns: int) -> list[list[Line]]:
    """The blocks in rows of so many cells: the columns as even as whole groups allow."""
    height = _least_height(blocks, columns)
    filled: list[list[Line]] = [[]]
    for block in blocks:
        if filled[-1] and len(filled[-1]) + len(block) > height:
            filled.append([])
        filled[-1] += block
    filled += [[] for _ in range(columns - len(filled))]
    rows = max(map(len, filled))
    return [[column[row] if row < len(column) else () for column in filled] for row in range(rows)]


def _least_height(blocks: list[list[Line]], columns: int) -> int:
    """The least height at which the blocks, one after the other, need no more columns than there are."""
    height = max(map(len, blocks), default=0)
    while True:
        used, left = 1, height
        for block in blocks:
            if len(block) > left:
                used, left = used + 1, height
            left -= len(block)
        if used <= columns:
            return height
        height += 1
