"""Signals set a mark, and the loop acts: a handler that did more would run at any line of the program."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Final

_HEARD: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTTIN, signal.SIGTTOU)


class Signals:
    """Collects the signals that this process gets, and makes a descriptor readable when one came."""

    def __init__(self) -> None:
        self._came: deque[signal.Signals] = deque()
        self._reading, self._writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        for number in _HEARD:
            signal.signal(number, self._note)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a reader that went away must not end the worker (fault 8)

    def fileno(self) -> int:
        return self._reading

    def take(self) -> list[signal.Signals]:
        """The signals that have come since the last call, in order."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._reading, 4096)
        came = list(self._came)
        self._came.clear()
        return came

    def close(self) -> None:
        """Hear none any more, for the process ends: what it is told by now changes nothing (fault 7).

        Python lets go of handlers before it has ended, so that a late signal would kill it and its exit code be lost.
        What is ignored stays so.
        """
        for number in _HEARD:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        os.close(self._reading)
        os.close(self._writing)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(signal.Signals(number))
