"""The keyboard of a terminal on which lines are drawn in place: what is typed is not shown, for it would move them."""

from __future__ import annotations

import os
import signal
import termios
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Final

_LOCAL: Final = 3  #: where `termios` has the flags that say what is shown
_DEADLY: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Unseen(KeyboardInterrupt):
    """A Ctrl-C that the terminal has not shown as `^C`."""


class Keyboard:
    """As long as one is within it, what is typed is not shown. The terminal is as before after every way out.

    Those are the end, an exception, a deadly signal and Ctrl-Z. Signals that somebody else minds are left to him. While
    the program is in the background, terminal and keyboard are those of the program in front.
    """

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._hidden = self._away = False
        self._caught: list[int] = []

    def __enter__(self) -> Keyboard:
        for number in (*_DEADLY, signal.SIGTSTP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, self._stop if number == signal.SIGTSTP else self._die)
                self._caught.append(number)
        self.is_ours()
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *_: object) -> None:
        """Raises Unseen in place of a KeyboardInterrupt."""
        hidden = self._hidden
        self._show()
        for number in self._caught:
            signal.signal(number, signal.SIG_DFL)
        self._caught.clear()
        if hidden and kind is KeyboardInterrupt:
            raise Unseen

    def is_ours(self) -> bool:
        """Whether this program is in front; if so, what is typed is not shown from now on."""
        if not self._in_front():
            self._hidden, self._away = False, True
            return False
        if not self._hidden:
            self._hidden = self._set_echo(on=False)
        return True

    def was_away(self) -> bool:
        """Whether others have had the terminal since this was asked last."""
        away, self._away = self._away, False
        return away

    def _in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:  # not the terminal that starts and stops us: nobody else is to have it
            return True

    def _show(self) -> None:
        if self._hidden and self._in_front():  # to set it from the background would stop us
            self._set_echo(on=True)
        self._hidden = False

    def _set_echo(self, *, on: bool) -> bool:
        """Switch it; answers whether it was the other way. A terminal that is gone shows nothing any more."""
        with suppress(termios.error):
            attributes = termios.tcgetattr(self._terminal)
            if bool(attributes[_LOCAL] & termios.ECHO) is not on:
                attributes[_LOCAL] ^= termios.ECHO
                termios.tcsetattr(self._terminal, termios.TCSANOW, attributes)
                return True
        return False

    def _die(self, number: int, _frame: FrameType | None) -> None:
        self._show()
        self._obey(number)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._show()
        self._away = True
        self._obey(number)
        signal.signal(number, self._stop)  # here it goes on again
        self.is_ours()

    def _obey(self, number: int) -> None:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
