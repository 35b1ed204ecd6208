"""The language of man pages: titles, paragraphs, tables and examples as macros of man(7)."""

from __future__ import annotations

import re

from qctl.cli.manual.plain import narrow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from qctl.cli.manual.page import Page, Row, Section

#: What roff would take for something else; beyond ASCII a sign is written by its number.
_SIGNS: Final = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}
_ROOM: Final = 69  #: cells of a line that stays as it is: a page begins at the eighth column, and these at the twelfth
_INDENT: Final = "  "
_CODE: Final = re.compile(r"`([^`]+)`")


def plain(text: str) -> str:
    """Text that stands for itself."""
    shown = "".join(_SIGNS.get(letter, letter if letter.isascii() else f"\\[u{ord(letter):04X}]") for letter in text)
    return f"\\&{shown}" if shown.startswith(".") else shown


def prose(text: str) -> str:
    """Text whose `code` is bold."""
    pieces = _CODE.split(" ".join(text.split()))
    shown = "".join(f"\\fB{plain(piece)}\\fR" if place % 2 else plain(piece) for place, piece in enumerate(pieces))
    return f"\\&{shown}" if shown.startswith(("'", ".")) else shown


def title(name: str, section: int, date: str, version: str) -> str:
    """The first line of a page, and that words are neither parted nor stretched."""
    return f'.TH "{plain(name)}" {section} "{date}" "qctl {version}" "qctl"\n.nh\n.ad l'


def page(lines: Iterable[str]) -> str:
    """All lines of a page; a heading begins a paragraph by itself."""
    found: list[str] = []
    for line in lines:
        if not (line == ".PP" and found and found[-1].startswith((".SH", ".SS"))):
            found.append(line)
    return "\n".join([*found, ""])


def heading(text: str) -> str:
    """A heading of a page."""
    return f'.SH "{plain(text)}"'


def subheading(text: str) -> str:
    """A heading within one."""
    return f'.SS "{plain(text)}"'


def paragraph(text: str) -> list[str]:
    """A paragraph, or nothing if there is no text."""
    return [".PP", prose(text)] if text else []


def table(rows: Iterable[Row]) -> list[str]:
    """What is explained in bold, and below it what it is."""
    lines = []
    for name, text in rows:
        lines += [".TP", f"\\fB{plain(name.strip())}\\fR", prose(text) if text else r"\&"]
    return lines


def as_typed(lines: Iterable[str]) -> list[str]:
    """Lines that stay as they are, each within 80 columns."""
    shown = narrow("\n".join(f"{_INDENT}{line}" for line in lines), _ROOM + len(_INDENT))
    held = [plain(line.removeprefix(_INDENT)) for line in shown.splitlines()]
    return [".PP", ".RS 4", ".nf", *(line or r"\&" for line in held), ".fi", ".RE"] if held else []


def text(body: str) -> list[str]:
    """A text of `qctl help`: what is indented stays as it is, the rest are paragraphs."""
    lines: list[str] = []
    for block in body.strip("\n").split("\n\n"):
        loose: list[str] = []
        fixed: list[str] = []
        for line in block.splitlines():
            (fixed if line.startswith(" ") else loose).append(line)
        lines += paragraph(" ".join(loose)) + as_typed(line[2:] for line in fixed)
    return lines


def section(part: str | Section) -> list[str]:
    """A part of a topic."""
    if isinstance(part, str):
        return text(part)
    return [subheading(part.title), *table(part.rows)]


def command(page: Page) -> list[str]:
    """All that is said of a command, below a heading of its own."""
    lines = [subheading(page.path), *as_typed(page.usage.splitlines())]
    for words in page.what:
        lines += paragraph(words)
    lines += as_typed(_beside(page.examples))
    for each in page.sections:
        lines += [*paragraph(f"{each.title}:"), ".RS 4", *table(each.rows), ".RE"]
    return lines + paragraph(f"See also: {page.see}" if page.see else "")


def _beside(examples: tuple[Row, ...]) -> list[str]:
    column = max((len(line) for line, comment in examples if comment), default=0)
    return [f"{line:<{column}}  {comment}".rstrip() for line, comment in examples]
