"""The one widget of the screen: it shows the newest picture, and sends of it what differs from the one before."""

from __future__ import annotations

from functools import lru_cache

from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from qctl.tui.look import STYLES
from qctl.tui.picture import changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from rich.console import Console

    from qctl.tui.picture import Picture, Stretch

_COLOURS: Final = frozenset({"green", "red", "yellow", "cyan", "blue"})


@lru_cache(maxsize=256)
def rich_style(name: str, *, colour: bool) -> Style:
    """How a style is drawn: see `look.STYLES`."""
    words = " ".join(STYLES[word] for word in name.split()).split()
    return Style.parse(" ".join(word for word in words if colour or word not in _COLOURS) or "none")


class Cells(CompositorUpdate):
    """Some cells of some lines, and nothing beside them. Textual's own update sends lines from their begin on."""

    def __init__(self, parts: Sequence[tuple[Stretch, Strip]]) -> None:
        self._parts = parts

    def render_segments(self, console: Console) -> str:
        return "".join(
            (Control.move_to(stretch.left, stretch.row).segment.text or "") + strip.render(console)
            for stretch, strip in self._parts
        )


class Canvas(Widget, can_focus=True):
    """Shows a picture."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour
        self._picture: Picture | None = None

    def show(self, picture: Picture) -> None:
        """Draw a picture in place of the one that is there."""
        before, self._picture = self._picture, picture
        stretches = list(changes(before, picture))
        if not stretches:
            return
        resized = before is None or (before.width, before.height) != (picture.width, picture.height)
        if resized or not self._is_displayed:
            self.refresh(*(Region(each.left, each.row, each.cells, 1) for each in stretches))
            return
        parts = [(each, self.render_line(each.row).crop(each.left, each.left + each.cells)) for each in stretches]
        self.app._display(self.screen, Cells(parts))  # type: ignore[arg-type]

    @property
    def _is_displayed(self) -> bool:
        """Whether the app writes what it is given: it drops that until it is ready, and while it draws all anew."""
        return self.app._running and not self.app._batch_count

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines as they are now: Textual would keep those that it has drawn itself, and miss what `show` has drawn."""
        return [self.render_line(row).crop(crop.x, crop.right) for row in crop.line_range]

    def render_line(self, y: int) -> Strip:
        if self._picture is None or y >= self._picture.height:
            return Strip.blank(self.size.width)
        line = self._picture.lines[y]
        segments = [Segment(span.text, rich_style(span.style, colour=self._colour)) for span in line]
        return Strip(segments, self._picture.width)
