"""The memory of an attempt as a whole, where no control group counts it (fault 15).

The kernel bounds each process, and many small ones may use it up as well: so they are weighed together each second.
"""

from __future__ import annotations

import contextlib
import os
import time

from qctl.engine.processes import tree
from qctl.model import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Final

    from qctl.engine.processes.prepared import Prepared

EVERY: Final = 1.0  #: seconds
_PAGE: Final = os.sysconf("SC_PAGESIZE")
_OURS: Final = (b"Pss:", b"SwapPss:")  #: what is shared counts for each process in part


class MemoryBound:
    """How much all processes below this slot may use together, and how one that uses more is told to end."""

    def __init__(self, limit: int, stop_signal: int, grace: float, left: Collection[int] = ()) -> None:
        self._limit, self.stop_signal, self.grace = limit, stop_signal, grace
        self._left = left  #: children of the slot that earlier attempts were allowed to leave
        self.due = time.monotonic() + EVERY
        self.peak = 0  #: bytes

    def look(self, now: float) -> str:
        """Weigh them. Answers what is too much; empty if nothing is. One process alone the kernel bounds."""
        self.due = now + EVERY
        pids = tree.descendants(os.getpid(), self._left)
        used = sum(map(_size, pids)) if len(pids) > 1 else 0
        self.peak = max(self.peak, used)
        if used <= self._limit:
            return ""
        bound = show.size(self._limit)
        return f"its {len(pids)} processes use {show.size(used)} together, more than limits.memory = {bound}"


def bound_of(prepared: Prepared, left: Collection[int]) -> MemoryBound | None:
    """The bound of an attempt that is about to start; None: it has none, or the kernel holds it for the whole of it.

    `left` are children of the slot that are none of its own.
    """
    task, group = prepared.task, prepared.group
    if "memory" not in task.limits or (group is not None and "memory" in group.holds):
        return None
    return MemoryBound(int(task.limits["memory"]), task.stop_signal, task.grace, left)


def _size(pid: int) -> int:
    """Bytes that a process uses, its part of what it shares among them; 0 if it is gone."""
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        return 1024 * sum(int(line.split()[1]) for line in file if line.startswith(_OURS))
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/statm", "rb") as file:  # it has other rights
        _, resident, shared = file.read().split()[:3]
        return _PAGE * (int(resident) - int(shared))
    return 0
