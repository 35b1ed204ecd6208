"""What each attempt of a Python slot has used, told apart from what the slot has used before."""

from __future__ import annotations

import contextlib
import os
import resource

_CLEAR_REFS = "/proc/self/clear_refs"
_RESET_PEAK = b"5"  # to that file: see proc(5)


class Usage:
    """Processor time and peak memory of this process and of the children that it has waited for."""

    def __init__(self, clear_refs: str = _CLEAR_REFS) -> None:
        self._reset = -1
        with contextlib.suppress(OSError):  # a kernel without it, as in some sandboxes, tells the slot's peak instead
            self._reset = os.open(clear_refs, os.O_WRONLY | os.O_CLOEXEC)
        self._seconds = _seconds(resource.getrusage(resource.RUSAGE_SELF))
        self._floor = self._lower_peak()

    def since(self) -> tuple[float, int]:
        """Seconds of processor time since the last call, and the peak of resident memory in bytes since then.

        What the slot itself does between two attempts, a tenth of a millisecond or two, is counted to the next one.
        """
        own = resource.getrusage(resource.RUSAGE_SELF)
        now = _seconds(own)
        seconds, self._seconds = now - self._seconds, now
        peak = own.ru_maxrss
        if peak > self._floor:
            self._floor = self._lower_peak()
        return seconds, peak * 1024

    def _lower_peak(self) -> int:
        """Let the kernel begin anew with the peak. Asked only after an attempt that has raised it."""
        with contextlib.suppress(OSError):
            os.write(self._reset, _RESET_PEAK)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _seconds(own: resource.struct_rusage) -> float:
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime
