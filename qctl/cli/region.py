"""Lines at the foot of a terminal that are drawn again and again while talk goes on above them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from qctl.model.cells import width

_COLOUR: Final = re.compile("\x1b\\[[0-9;]*m")


class Room(NamedTuple):
    """How large a terminal is now, in cells and lines."""

    columns: int
    lines: int


class Region:
    """The lines that stand there now. Nothing is sent when nothing has changed, and else what has changed.

    It never has more lines than the terminal but one, so that it never scrolls. A terminal that was made narrower has
    folded its lines meanwhile: they are counted as they stand now.
    """

    def __init__(self, send: Callable[[str], object], room: Callable[[], Room]) -> None:
        self._send, self._room = send, room
        self._lines: list[str] = []

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines in place of those that stand there."""
        room = self._room()
        new = list(lines)[: max(1, room.lines - 1)]
        if new == self._lines:
            return
        if len(new) == len(self._lines) == self._rows(room):
            self._send(f"\x1b[{len(new)}F" + "".join(map(_renewed, self._lines, new)))
        else:
            self._send(self._erased(room) + "".join(f"{line}\n" for line in new))
        self._lines = new

    def above(self, line: str) -> None:
        """Leave a line for good above the region."""
        self._send(self._erased(self._room()) + f"{line}\n" + "".join(f"{each}\n" for each in self._lines))

    def clear(self) -> None:
        """Take the region away."""
        if self._lines:
            self._send(self._erased(self._room()))
            self._lines = []

    def _rows(self, room: Room) -> int:
        """In how many rows of the terminal the lines stand now."""
        return sum(max(1, -(-width(_COLOUR.sub("", line)) // max(1, room.columns))) for line in self._lines)

    def _erased(self, room: Room) -> str:
        """Go back to the region's first line and clear from there on."""
        return f"\x1b[{self._rows(room)}F\x1b[J" if self._lines else ""


def _renewed(old: str, new: str) -> str:
    """What makes a line of the terminal read otherwise, and goes to the next one."""
    return "\n" if old == new else f"\x1b[2K{new}\n"
