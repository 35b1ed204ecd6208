"""Pages as text for a terminal of 80 columns, or fewer: no colours, no boxes, nothing that copies badly."""

from __future__ import annotations

from qctl.model.cells import fold, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from qctl.cli.manual.page import Page, Row

WIDTH: Final = 80
_FULL: Final = 50  #: cells of a line, after which a paragraph goes on
_BESIDE: Final = 8  #: cells further in, where a line goes on with what stands beside a name
_NAMES: Final = 30  #: cells of a first column; what is longer has a line of its own

_FLAGS_OF_ALL: Final = "Flags of every command, such as -o json, -q and --utc: qctl --help"


def text_of(page: Page, room: int = WIDTH) -> str:
    """The page as `--help` prints it, in so many cells."""
    parts = ["Usage: " + page.usage.replace("\n", "\n       "), *filter(None, [_examples(page)])]
    parts += [folded(paragraph, "  ", room=room) for paragraph in page.what]
    widest = max((width(name) for name in _options(page)), default=0)
    for section in page.sections:
        least = widest if section.rows[0][0] in _options(page) else 0
        parts.append(f"{section.title}:\n{table(section.rows, least)}")
    see = [folded(f"See also: {page.see}", "  ", "    ", room)] if page.see else []
    flags = folded(_FLAGS_OF_ALL, "  ", room=room)
    return narrow("\n\n".join([*parts, "\n".join([*see, flags])]) + "\n", room)


def _examples(page: Page) -> str:
    """Command lines, and what they do beside or, where that is too wide, above them."""
    column = max((width(line) for line, comment in page.examples if comment), default=0)
    beside = all(column + 4 + width(comment) <= WIDTH for _, comment in page.examples)
    if beside:
        return "\n".join(f"  {line:<{column}}  {comment}".rstrip() for line, comment in page.examples)
    return "\n".join(f"  # {comment}\n  {line}" if comment else f"  {line}" for line, comment in page.examples)


def _options(page: Page) -> set[str]:
    """Names of options: those of all sections have one column."""
    return {name for section in page.sections for name, _ in section.rows if name.lstrip().startswith("-")}


def table(rows: Iterable[Row], least: int = 0) -> str:
    """Rows of two columns, the second folded below itself; the first has at least so many cells."""
    held = tuple(rows)
    column = min(max(least, *(width(name) for name, _ in held)), _NAMES) + 4
    lines = []
    for name, text in held:
        first, *more = fold(text, WIDTH - column)
        if width(name) + 4 > column:
            lines.append(f"  {name}")
            more, name = [first, *more], ""
        else:
            lines.append(f"  {name}".ljust(column) + first)
        lines += [" " * column + line for line in more]
    return "\n".join(line.rstrip() for line in lines)


def folded(text: str, margin: str, hang: str | None = None, room: int = WIDTH) -> str:
    """A paragraph behind a margin; with `hang` its lines after the first stand behind that."""
    first, *more = fold(text, room - max(len(margin), len(hang or "")))
    return "\n".join(
        line.rstrip() for line in [margin + first, *((margin if hang is None else hang) + line for line in more)]
    )


def narrow(text: str, room: int) -> str:
    """A text of 80 columns where there are fewer: prose is folded anew, and what stands beside a name goes below it."""
    if room >= WIDTH:
        return text
    return "\n".join(line for item in _items(text.split("\n")) for line in _laid(item, room))


def _items(lines: Iterable[str]) -> list[list[str]]:
    """Lines with those that go on with them."""
    items: list[list[str]] = []
    for line in lines:
        if items and _goes_on(items[-1], line):
            items[-1].append(line)
        else:
            items.append([line])
    return items


def _goes_on(item: list[str], line: str) -> bool:
    """Whether a line is one of a paragraph, or of what stands beside a name."""
    if not line or not item[0]:
        return False
    begin, start = _margin(item[0]), _margin(line)
    return width(item[-1]) > _FULL if begin == start == 0 else start >= begin + _BESIDE


def _laid(item: list[str], room: int) -> list[str]:
    """An item within the room; as it stands, if it has room."""
    if all(width(line) <= room for line in item):
        return item
    margin = " " * _margin(item[0])
    first = item[0].strip()
    gap = _widest_gap(first)
    name, _, beside = first.partition(gap) if gap else (first, "", "")
    text = " ".join(filter(None, [beside, *(line.strip() for line in item[1:])]))
    if not beside:
        hang = f"{margin}  " if margin or name.startswith("Usage: ") else ""
        return folded(f"{name} {text}".rstrip(), margin, hang, room).split("\n")
    below = folded(text, f"{margin}    ", room=room)
    return [*folded(name, margin, f"{margin}  ", room).split("\n"), *below.split("\n")]


def _widest_gap(line: str) -> str:
    """The first of its longest runs of two blanks or more; empty if there is none."""
    runs = "".join(letter if letter.isspace() else "\0" for letter in line).split("\0")
    widest = max(runs, key=len)
    return widest if len(widest) > 1 else ""


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())
