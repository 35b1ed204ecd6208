"""Ctrl-C, SIGTERM and SIGHUP while something is under way that is to be taken back: they are obeyed at safe places."""

from __future__ import annotations

import signal
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType
    from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL: Final = 128  #: an exit code says so which signal ended a program


class EndingSignals:
    """As long as one is within it, such a signal waits until it is asked for, or until something is waited for.

    In the midst of a call it would leave an answer behind on the connection, by which the work has yet to be taken
    back. A second one is obeyed at once. One that is ignored stays so (nohup).
    """

    def __init__(self) -> None:
        self._came: int | None = None
        self._waits = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> EndingSignals:
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal has come."""
        if self._came is not None:
            raise KeyboardInterrupt

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within it a signal raises KeyboardInterrupt at once."""
        self._waits = True
        try:
            self.check()
            yield
        finally:
            self._waits = False

    def code(self, otherwise: int) -> int:
        """The exit code: that of the signal that came, if one did."""
        return otherwise if self._came is None else _BY_SIGNAL + self._came

    def _note(self, number: int, _frame: FrameType | None) -> None:
        again, self._came = self._came is not None, self._came or number
        if again or self._waits:
            raise KeyboardInterrupt
