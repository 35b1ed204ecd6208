"""A program on the whole terminal: how it ends, and how it comes back after it was stopped."""

from __future__ import annotations

import asyncio
import signal
from functools import partial

from textual.app import App

from qctl.tui.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_ENDING: Final = (signal.SIGTERM, signal.SIGHUP)
_CSS: Final = """
Screen { background: ansi_default; color: ansi_default; overflow: hidden; }
Canvas { width: 100%; height: 100%; background: ansi_default; color: ansi_default; }
"""


class Shell(App[None]):
    """It leaves the terminal to whoever started it, also by a signal and by a bug."""

    CSS = _CSS
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__(driver_class=Terminal, ansi_color=True)
        self.theme = "ansi-dark"

    @property
    def broken(self) -> Exception | None:
        """The bug by which it ended, if it was one."""
        return self._exception

    def _fatal_error(self) -> None:
        """End; whoever has run this tells of the bug, once the terminal is as it was."""
        self._close_messages_no_wait()

    def on_mount(self) -> None:
        for number in _ENDING:
            asyncio.get_running_loop().add_signal_handler(number, partial(self.exit, return_code=128 + number))
        self.app_resume_signal.subscribe(self, lambda _: self.redraw())

    def redraw(self) -> None:
        """Send all of the screen: what stands on the terminal is not what was drawn there."""
        self.screen.refresh()
