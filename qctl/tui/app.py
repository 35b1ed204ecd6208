"""The shell around it all: Textual reads keys and sizes, and draws the stretches of a picture that have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from qctl.client import Client
from qctl.client.watching import Snapshot
from qctl.tui.acts.opening import abandoned, entered, typed
from qctl.tui.doing import Doer
from qctl.tui.draw import draw
from qctl.tui.look import STYLES, Look
from qctl.tui.picture import Picture, changes
from qctl.tui.press import press, settled
from qctl.tui.reader import Looking, Reader
from qctl.tui.screen import Effect, Screen, Toast
from qctl.tui.wanting import want

TOAST_S: Final = 5.0
_CSS: Final = """
Screen { background: ansi_default; color: ansi_default; overflow: hidden; }
Canvas { width: 100%; height: 100%; background: ansi_default; color: ansi_default; }
#typed { dock: bottom; height: 1; border: none; padding: 0; display: none;
         background: ansi_default; color: ansi_default; }
"""


@lru_cache(maxsize=256)
def rich_style(name: str) -> Style:
    """How a style is drawn: see `look.STYLES`."""
    return Style.parse(" ".join(STYLES[word] for word in name.split()) or "none")


class Canvas(Widget, can_focus=True):
    """Shows the newest picture; of one that follows another only what differs is sent."""

    def __init__(self) -> None:
        super().__init__()
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
        return Strip([Segment(span.text, rich_style(span.style)) for span in line], self._picture.width)


class TopApp(App[None]):
    """`qctl top` on a terminal."""

    CSS = _CSS
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = []

    def __init__(
        self,
        looking: Looking,
        first: Snapshot,
        screen: Screen,
        look_at: Callable[[int], Look],
        open_client: Callable[[], Client],
    ) -> None:
        super().__init__(ansi_color=True)
        self._state, self._snapshot = screen, first
        self._look_at = look_at
        self._reader = Reader(looking, self._seen, first)
        self._doer = Doer(open_client, self._done)
        self._canvas, self._typed = Canvas(), Input(id="typed", compact=True, select_on_focus=False)

    def compose(self) -> ComposeResult:
        yield self._canvas
        yield self._typed

    def on_mount(self) -> None:
        self._canvas.focus()
        self._reader.start()
        self._doer.start()
        self._changed(self._state)

    def on_unmount(self) -> None:
        self._reader.stop()
        self._doer.stop()

    def on_resize(self, event: events.Resize) -> None:
        self._changed(replace(self._state, width=event.size.width, height=event.size.height))

    def _seen(self, snapshot: Snapshot) -> None:
        """Called by the reader, on its thread."""
        self.call_later(self._take, snapshot)

    def _done(self, toast: Toast) -> None:
        """Called by the doer, on its thread."""
        self.call_later(self._tell, toast)

    def _tell(self, toast: Toast) -> None:
        self._state = replace(self._state, toast=toast)
        self._reader.look_now()
        self._draw()
        self.set_timer(TOAST_S, lambda: self._fade(toast))

    def _fade(self, toast: Toast) -> None:
        if self._state.toast is toast:
            self._state = replace(self._state, toast=None)
            self._draw()

    def _take(self, snapshot: Snapshot) -> None:
        if not self._state.frozen:
            self._snapshot = snapshot
            self._changed(settled(self._state, snapshot, self._look))

    def on_key(self, event: events.Key) -> None:
        if self._state.prompt is not None:
            if event.key == "escape":
                self._changed(abandoned(self._state))
            return
        event.stop()
        screen, effects = press(self._state, self._snapshot, self._look, event.key)
        self._changed(screen)
        for effect in effects:
            self._carry_out(effect)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._changed(typed(self._state, event.value, self._look))

    def on_input_submitted(self) -> None:
        screen, effects = entered(self._state)
        self._changed(screen)
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        if effect.name == "quit":
            self.exit()
        elif effect.name == "copy":
            self.copy_to_clipboard(effect.targets[0])
        else:
            self._doer.do(effect)

    @property
    def _look(self) -> Look:
        return self._look_at(self._snapshot.now_ms)

    def _changed(self, screen: Screen) -> None:
        """Take the next state: what is wanted may be other, a line may be typed or not any more."""
        opened = screen.prompt is not None and self._state.prompt is None
        closed = screen.prompt is None and self._state.prompt is not None
        self._state = screen
        if opened and screen.prompt is not None:
            self._typed.value, self._typed.display = screen.prompt.text, True
            self._typed.focus()
        if closed:
            self._typed.display = False
            self._canvas.focus()
        if not screen.frozen:
            self._reader.want(want(screen, self._look), screen.interval)
        self._draw()

    def _draw(self) -> None:
        self._canvas.show(draw(self._state, self._snapshot, self._look))
