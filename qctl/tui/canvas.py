"""The one widget of the screen: it shows the newest picture, and sends of it what differs from the one before."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from qctl.tui.look import STYLES
from qctl.tui.picture import Picture, changes

_COLOURS: Final = frozenset({"green", "red", "yellow", "cyan", "blue"})


@lru_cache(maxsize=256)
def rich_style(name: str, *, colour: bool) -> Style:
    """How a style is drawn: see `look.STYLES`."""
    words = " ".join(STYLES[word] for word in name.split()).split()
    return Style.parse(" ".join(word for word in words if colour or word not in _COLOURS) or "none")


class Canvas(Widget, can_focus=True):
    """Shows a picture."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour
        self._picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Draw a picture in place of the one that is there."""
        before, self._picture = self._picture, picture
        regions = [Region(each.left, each.row, each.cells, 1) for each in changes(before, picture)]
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        if self._picture is None or y >= self._picture.height:
            return Strip.blank(self.size.width)
        line = self._picture.lines[y]
        segments = [Segment(span.text, rich_style(span.style, colour=self._colour)) for span in line]
        return Strip(segments, self._picture.width)
