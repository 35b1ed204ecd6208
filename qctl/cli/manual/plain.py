"""Pages as text for a terminal of 80 columns: no colours, no boxes, nothing that copies badly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from qctl.cli.manual.page import Page, Row
from qctl.model.cells import fold, width

WIDTH: Final = 80
_NAMES: Final = 30  #: cells of a first column; what is longer has a line of its own

_FLAGS_OF_ALL: Final = "Flags of every command, such as -o json, -q and --utc: qctl --help"


def text_of(page: Page) -> str:
    """The page as `--help` prints it."""
    parts = ["Usage: " + page.usage.replace("\n", "\n       "), *filter(None, [_examples(page)])]
    parts += [folded(paragraph, "  ") for paragraph in page.what]
    widest = max((width(name) for name in _options(page)), default=0)
    for section in page.sections:
        least = widest if section.rows[0][0] in _options(page) else 0
        parts.append(f"{section.title}:\n{table(section.rows, least)}")
    see = [folded(f"See also: {page.see}", "  ", hang="    ")] if page.see else []
    return "\n\n".join([*parts, "\n".join([*see, f"  {_FLAGS_OF_ALL}"])]) + "\n"


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


def folded(text: str, margin: str, hang: str | None = None) -> str:
    """A paragraph behind a margin; with `hang` its lines after the first stand behind that."""
    first, *more = fold(text, WIDTH - max(len(margin), len(hang or "")))
    return "\n".join([margin + first, *((margin if hang is None else hang) + line for line in more)])
