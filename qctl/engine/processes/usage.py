"""What each attempt of a Python slot has used, told apart from what the slot has used before."""

from __future__ import annotations

import contextlib
import os
import resource
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_CLEAR_REFS = "/proc/self/clear_refs"
_RESET_PEAK = b"5"  # to that file: see proc(5)
MOMENT: Final = 0.0002  #: seconds


class Usage:
    """Processor time and peak memory of this process and of the children that it has waited for."""

    def __init__(self, clear_refs: str = _CLEAR_REFS) -> None:
        self._reset, self._below = -1, 0.0
        with contextlib.suppress(OSError):  # a kernel without it, as in some sandboxes, tells the slot's peak instead
            self._reset = os.open(clear_refs, os.O_WRONLY | os.O_CLOEXEC)
        self._seconds, self._floor = 0.0, self._lower_peak()
        self.since()

    def since(self, *, briefly: bool = False) -> tuple[float, int]:
        """Seconds of processor time since the last call, and the peak of resident memory in bytes since then.

        `briefly`: no more than MOMENT has passed since. In that time no child can have been started and waited for, and
        the peak cannot have risen by much: neither is looked up, and what there was is seen the next time. What the
        slot itself does between two attempts, some microseconds, is counted to the next one.
        """
        if not briefly:
            below = resource.getrusage(resource.RUSAGE_CHILDREN)
            self._below = below.ru_utime + below.ru_stime
        # By one clock always: some kernels sum up what `getrusage` tells by another, and it may be behind.
        now = time.process_time() + self._below
        seconds, self._seconds = now - self._seconds, now
        if briefly:
            return seconds, self._floor * 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if peak > self._floor:
            self._floor = self._lower_peak()
        return seconds, peak * 1024

    def _lower_peak(self) -> int:
        """Let the kernel begin anew with the peak. Asked only after an attempt that has raised it."""
        with contextlib.suppress(OSError):
            os.write(self._reset, _RESET_PEAK)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
