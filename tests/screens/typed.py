"""A command on a terminal of so many columns and lines, and what is seen of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

import pyte
from pyte.screens import Char
from rich.style import Style
from rich.text import Text

from tests.screens.machine import Machine
from tests.support.terminal import Terminal
from tests.support.waiting import eventually

#: What pyte calls otherwise than Rich.
_COLOURS: Final = {"brown": "yellow"}
_DIM, _BLINK, _PLAIN, _STEADY = 2, 5, 22, 25


class _Cells(pyte.Screen):
    """A terminal that knows dim text, which pyte does not: there it is blinking, which nothing of qctl's is."""

    def select_graphic_rendition(self, *attrs: int, **kwargs: Any) -> None:
        if not {38, 48} & set(attrs):
            attrs = tuple(new for old in attrs for new in _as_known(old))
        super().select_graphic_rendition(*attrs)


def _as_known(number: int) -> tuple[int, ...]:
    return {_DIM: (_BLINK,), _PLAIN: (_PLAIN, _STEADY)}.get(number, (number,))


class Typed:
    """A command that was typed."""

    def __init__(self, machine: Machine, words: Sequence[str], columns: int, lines: int) -> None:
        self._machine, self._fed = machine, 0
        self._terminal = Terminal(machine, *words, columns=columns, lines=lines)
        self._cells = _Cells(columns, lines)
        self._stream = pyte.Stream(self._cells)

    def _feed(self) -> None:
        screen = self._terminal.screen
        self._stream.feed(screen[self._fed :])
        self._fed = len(screen)

    def _read(self) -> str:
        self._terminal.read()
        self._feed()
        return "\n".join(self._cells.display)

    def wait_for(self, *patterns: str) -> None:
        """Wait until all of these stand on the screen."""
        for pattern in patterns:
            eventually(lambda pattern=pattern: re.search(pattern, self._read()), within=30.0, every=0.05)  # type: ignore[misc]

    def press(self, key: str) -> None:
        self._terminal.press(key.encode())

    def end(self) -> int:
        """Its exit code, once it has ended."""
        code = self._terminal.end()
        self._feed()
        return code

    def lines(self) -> list[Text]:
        """What is on the screen, without the empty lines at its end."""
        found = [self._line(row) for row in range(self._cells.lines)]
        while found and not found[-1].plain.strip():
            found.pop()
        return found

    def _line(self, row: int) -> Text:
        cells = [self._cells.buffer[row][column] for column in range(self._cells.columns)]
        while found := self._machine.disguise("".join(cell.data or "\0" for cell in cells)):
            cells = _replaced(cells, *found)
        line = Text()
        for style, some in groupby(cells, _style):
            # Each piece is drawn at its own place, however wide the reader's font makes the one before it.
            for piece in re.split("( {2,})", "".join(cell.data for cell in some)):
                line.append(piece, style)
        line.rstrip()
        return line


def _replaced(cells: list[Char], real: str, shown: str) -> list[Char]:
    """The cells with a path in place of another. Blanks behind it make up for the difference: a frame stays one."""
    text = "".join(cell.data or "\0" for cell in cells)
    place = text.index(real)
    rest = place + len(real)
    blank = text.find("  ", rest)
    missing = [cells[blank]] * (len(real) - len(shown)) if blank >= 0 else []
    split = blank if blank >= 0 else rest
    return [
        *cells[:place],
        *(cells[place]._replace(data=sign) for sign in shown),
        *cells[rest:split],
        *missing,
        *cells[split:],
    ]


def _style(cell: Char) -> Style:
    return Style(
        color=_COLOURS.get(cell.fg, cell.fg).replace("bright", "bright_"),
        bgcolor=_COLOURS.get(cell.bg, cell.bg).replace("bright", "bright_"),
        bold=cell.bold,
        dim=cell.blink,
        reverse=cell.reverse,
        underline=cell.underscore,
    )
