"""The line at the bottom in which something is typed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Static

from qctl.tui.look import Look
from qctl.tui.screen import Prompt, Purpose


class TypedLine(Horizontal):
    """A label and what is typed after it; not there while nothing is."""

    DEFAULT_CSS = """
    TypedLine { dock: bottom; height: 1; display: none; background: ansi_default; color: ansi_default; }
    TypedLine Static { width: auto; max-width: 75%; padding: 0 1 0 0; text-style: bold; }
    TypedLine Input { width: 1fr; border: none; padding: 0; height: 1;
                      background: ansi_default; color: ansi_default; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._label, self.input = Static(markup=False), Input(compact=True, select_on_focus=False)

    def compose(self) -> ComposeResult:
        yield self._label
        yield self.input

    def show(self, prompt: Prompt, look: Look) -> None:
        """Let somebody type, or show what stands there now."""
        self._label.update(look.safe(prompt.label))
        if self.input.value != prompt.text:
            self.input.value = prompt.text
            self.input.cursor_position = len(prompt.text)
        if not self.display:
            self.display = True
            if prompt.purpose is Purpose.SAY:  # what stands there is a proposal: a letter takes its place
                self.input.select_all()
            self.screen.set_focus(self.input)  # at once: keys may be behind the one that opened it

    def hide(self) -> None:
        self.display = False
