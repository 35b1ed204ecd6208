"""Lines at the foot of a terminal that are drawn again and again while talk goes on above them."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Region:
    """The lines that stand there now. Nothing is sent when nothing has changed."""

    def __init__(self, send: Callable[[str], object]) -> None:
        self._send = send
        self._lines: list[str] = []

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines in place of those that stand there."""
        if list(lines) != self._lines:
            self._send(self._erased() + "".join(f"{line}\n" for line in lines))
            self._lines = list(lines)

    def above(self, line: str) -> None:
        """Leave a line for good above the region."""
        self._send(self._erased() + f"{line}\n" + "".join(f"{each}\n" for each in self._lines))

    def clear(self) -> None:
        """Take the region away."""
        if self._lines:
            self._send(self._erased())
            self._lines = []

    def _erased(self) -> str:
        """Go back to the region's first line and clear from there on."""
        return f"\x1b[{len(self._lines)}F\x1b[J" if self._lines else ""
