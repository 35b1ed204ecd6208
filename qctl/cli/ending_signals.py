"""SIGTERM and SIGHUP while something is under way that is to be taken back: they are as Ctrl-C is."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL: Final = 128  #: an exit code says so which signal ended a program


class EndingSignals:
    """As long as one is within it, they raise KeyboardInterrupt, once. One that is ignored stays so (nohup)."""

    def __init__(self) -> None:
        self._came: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> EndingSignals:
        for number in _SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                self._before[number] = signal.signal(number, self._raise)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _where: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def code(self, otherwise: int) -> int:
        """The exit code: that of the signal that came, if one did."""
        return otherwise if self._came is None else _BY_SIGNAL + self._came

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        if self._came is None:  # once what is under way is being taken back, let that be done
            self._came = number
            raise KeyboardInterrupt
