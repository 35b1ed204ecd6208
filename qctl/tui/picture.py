"""What stands on a screen: lines of spans, and where two of them differ. Pure."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.cells import cut, pad, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one style: words of `palette.STYLES` with blanks between, such as `bold red`. Harmless by now."""

    text: str
    style: str = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A screen: `height` lines of exactly `width` cells each."""

    width: int
    height: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Cells of one line that are to be drawn again."""

    row: int
    left: int
    cells: int


def line_width(line: Line) -> int:
    """How many cells a line takes."""
    return sum(width(span.text) for span in line)


def fit(line: Line, room: int, ellipsis: str = "…") -> Line:
    """A line in exactly so many cells: cut at its end, or filled with spaces in the style of its last span."""
    kept: list[Span] = []
    left = room
    for place, span in enumerate(line):
        cells = width(span.text)
        more = any(later.text for later in line[place + 1 :])
        if cells > left or (cells == left and more):
            text = cut(span.text, left, ellipsis) if cells > left else cut(span.text, max(0, left - 1), "") + ellipsis
            kept.append(Span(pad(text, left), span.style))
            return tuple(kept)
        kept.append(span)
        left -= cells
    if left:
        kept.append(Span(" " * left, line[-1].style if line else ""))
    return tuple(kept)


def changes(old: Picture | None, new: Picture) -> Iterator[Stretch]:
    """Where a picture differs from the one before: of each line that does, from its first to its last changed span."""
    if old is None or (old.width, old.height) != (new.width, new.height):
        yield from (Stretch(row, 0, new.width) for row in range(new.height))
        return
    for row, (before, after) in enumerate(zip(old.lines, new.lines, strict=True)):
        if before != after:
            left = _alike(before, after)
            right = _alike(before[::-1], after[::-1])
            yield Stretch(row, left, max(1, new.width - left - right))


def _alike(one: Line, other: Line) -> int:
    """How many cells two lines have in common at their begin, in whole spans."""
    cells = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        cells += width(a.text)
    return cells
