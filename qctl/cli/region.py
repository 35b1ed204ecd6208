"""Lines at the foot of a terminal that are drawn again and again while talk goes on above them."""

from __future__ import annotations

import re
from typing import NamedTuple

from qctl.cli.keyboard import Keyboard
from qctl.cli.terminal import height_of, width_of
from qctl.model.cells import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final, TextIO

_COLOUR: Final = re.compile("\x1b\\[[0-9;]*m")


class Room(NamedTuple):
    """How large a terminal is now, in cells and lines."""

    columns: int
    lines: int


class Region:
    """The lines that stand there now. Nothing is sent when nothing has changed, and else what has changed.

    It never has more lines than the terminal but one, so that it never scrolls. A terminal that was made narrower has
    folded its lines meanwhile: they are counted as they stand now. Within it what is typed is not shown, and while the
    program is in the background or stopped nothing is drawn; then it begins anew below what others have left there.
    """

    def __init__(
        self, send: Callable[[str], object], room: Callable[[], Room], keyboard: Keyboard | None = None
    ) -> None:
        self._send, self._room, self._keyboard = send, room, keyboard
        self._lines: list[str] = []

    def __enter__(self) -> Region:
        if self._keyboard is not None:
            self._keyboard.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        if self._keyboard is not None:
            self._keyboard.__exit__(kind)

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines in place of those that stand there."""
        if not self._is_ours():
            return
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
        self._is_ours()
        self._send(self._erased(self._room()) + f"{line}\n" + "".join(f"{each}\n" for each in self._lines))

    def clear(self) -> None:
        """Take the region away."""
        self._is_ours()
        if self._lines:
            self._send(self._erased(self._room()))
            self._lines = []

    def _is_ours(self) -> bool:
        """Whether the terminal is; what stands on one that was others' meanwhile is theirs."""
        if self._keyboard is None:
            return True
        ours = self._keyboard.is_ours()
        if self._keyboard.was_away():
            self._lines = []
        return ours

    def _rows(self, room: Room) -> int:
        """In how many rows of the terminal the lines stand now."""
        return sum(max(1, -(-width(_COLOUR.sub("", line)) // max(1, room.columns))) for line in self._lines)

    def _erased(self, room: Room) -> str:
        """Go back to the region's first line and clear from there on."""
        return f"\x1b[{self._rows(room)}F\x1b[J" if self._lines else ""


def region_on(stream: TextIO, environ: Mapping[str, str], send: Callable[[str], object]) -> Region:
    """The foot of the terminal that a stream is, whose keyboard is silent meanwhile."""
    return Region(send, lambda: Room(width_of(stream, environ), height_of(stream)), Keyboard(stream.fileno()))


def _renewed(old: str, new: str) -> str:
    """What makes a line of the terminal read otherwise, and goes to the next one."""
    return "\n" if old == new else f"\x1b[2K{new}\n"
