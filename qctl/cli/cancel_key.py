"""Ctrl-\\ while one waits at a terminal: it cancels what is waited for, and leaves the program alive to see it end."""

from __future__ import annotations

import sys

from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from signal import signal
    from types import FrameType
    from typing import Any, Final
else:
    signal = later("signal", "signal")

CANCELLED_BY_KEY: Final = "Ctrl-\\ while waiting"
_SIGQUIT: Final = 3  #: as POSIX numbers it: `signal` takes a millisecond to import


class CancelKey:
    """Catches the key as long as one is within it."""

    def __init__(self) -> None:
        self._pressed = False
        self._before: Any = None

    def __enter__(self) -> None:
        if sys.stdin.isatty() or sys.stderr.isatty():
            self._before = signal(_SIGQUIT, self._note)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal(_SIGQUIT, self._before)

    def was_pressed(self) -> bool:
        """Whether it was pressed since this was asked last."""
        pressed, self._pressed = self._pressed, False
        return pressed

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._pressed = True
