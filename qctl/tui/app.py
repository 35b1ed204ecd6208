"""The shell around it all: Textual reads keys, clicks and sizes, and draws what has changed of a picture."""

from __future__ import annotations

from functools import partial

from textual import events

from qctl.tui.canvas import Canvas
from qctl.tui.doing import Doer
from qctl.tui.reader import Reader
from qctl.tui.shell import Shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from textual.app import ComposeResult

    from qctl.client import Client
    from qctl.client.watching import Snapshot
    from qctl.tui.course import Course, Effects
    from qctl.tui.reader import Looking
    from qctl.tui.screen import Effect, Toast

TOAST_S: Final = 5.0
_WHEEL: Final = 3  #: rows of a list or lines of a page


class TopApp(Shell):
    """`qctl top` on a terminal."""

    def __init__(
        self, looking: Looking, course: Course, open_client: Callable[[], Client], *, colour: bool = True
    ) -> None:
        super().__init__()
        self._course, self._shown = course, course.screen
        broken = partial(self.call_later, self._handle_exception)  # threads tell of their bugs
        self._reader = Reader(looking, partial(self.call_later, self._take), course.snapshot, broken)
        self._doer = Doer(open_client, partial(self.call_later, self._tell), broken)
        self._canvas = Canvas(colour=colour)

    def compose(self) -> ComposeResult:
        yield self._canvas

    def on_mount(self) -> None:
        self._canvas.focus()
        self._reader.start()
        self._doer.start()
        self._changed()

    def on_unmount(self) -> None:
        self._reader.stop()
        self._doer.stop()

    def on_resize(self, event: events.Resize) -> None:
        self._course.resize(event.size.width, event.size.height)
        self._changed()

    def _take(self, snapshot: Snapshot) -> None:
        if self._course.take(snapshot):
            self._carry_out(self._course.press_held())

    def _tell(self, toast: Toast) -> None:
        self._reader.look_now()
        self._course.tell(toast)
        self._changed()

    def _fade(self, toast: Toast) -> None:
        self._course.fade(toast)
        self._changed()

    async def on_event(self, event: events.Event) -> None:
        """Keys go through the state here, one after the other: none waits for a widget, and none can be lost to one."""
        if event.is_forwarded:
            await super().on_event(event)
            return
        match event:
            case events.Key():
                self._carry_out(self._course.press(event.key, event.character))
            case events.Paste():
                self._carry_out(self._course.paste(event.text))
            case events.MouseScrollUp() | events.MouseScrollDown():
                self._turn("up" if isinstance(event, events.MouseScrollUp) else "down")
            case _:
                await super().on_event(event)

    def on_click(self, event: events.Click) -> None:
        if self._course.is_free:
            self._carry_out(self._course.click((event.screen_x, event.screen_y), twice=event.chain > 1))

    def _turn(self, key: str) -> None:
        for _ in range(_WHEEL if self._course.is_free else 0):
            self._course.press(key)
        self._changed()

    def _carry_out(self, effects: Effects) -> None:
        """Show what has changed, and do what that asks for."""
        self._changed()
        for effect in effects:
            self._carry_one_out(effect)

    def _carry_one_out(self, effect: Effect) -> None:
        match effect.name:
            case "quit":
                self.exit()
            case "copy":
                self.copy_to_clipboard(effect.targets[0])
            case "suspend":
                self.action_suspend_process()
            case "redraw":
                self.redraw()
            case _:
                self._doer.do(effect)

    def _changed(self) -> None:
        """The state is another: what is wanted may be, and a new toast is to fade."""
        before, screen = self._shown, self._course.screen
        self._shown = screen
        if screen.toast is not None and screen.toast is not before.toast and not screen.toast.stays:
            self.set_timer(TOAST_S, partial(self._fade, screen.toast))
        if not screen.frozen:
            self._reader.want(self._course.wanted(), screen.interval)
        self._canvas.show(self._course.picture())
