"""How much work a worker may hold beyond what its slots are running.

Work in hand saves round trips, and keeps jobs from idle workers elsewhere. So it is held only of tasks
known to be short, about 20 ms of it per slot; a task never seen counts as long. Owns the moving averages.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

IN_HAND: Final = 0.020  #: seconds of work that may wait for one slot
PATIENCE: Final = 0.100  #: seconds that work may wait for a slot before it is given back
DEEPEST: Final = 500  #: jobs that may wait for one slot, however short: with less, no-ops run dry between two turns
OVERHEAD: Final = 0.00002  #: seconds that even a job without content takes
#: Seconds without a backlog after a claim brought work that is not short, unless that turns out to be short before.
CAUTION: Final = 1.0
REST: Final = 0.001  #: seconds in which the reports of short jobs come together
LONGEST_REST: Final = 0.004  #: the same of longer ones
FEW: Final = 4  #: jobs whose reports come together, of longer ones
SMOOTHING: Final = 0.2  #: weight of the newest duration
RISE: Final = 4.0  #: times the average, for which a longer attempt counts at most
REMEMBERED: Final = 4096  #: tasks
_BOUNDLESS: Final = RISE * OVERHEAD  #: seconds: an attempt that takes no longer counts in full, whatever is known


class Durations:
    """A moving average of how long each task runs."""

    def __init__(self) -> None:
        self._averages: dict[str, float] = {}

    def note(self, task: str, seconds: float) -> None:
        """Learn from one attempt. A long one counts at once: a task is not held for short by habit."""
        known = self._averages.get(task)
        if known is not None and seconds <= _BOUNDLESS:
            self._averages[task] = known + SMOOTHING * (seconds - known)
            return
        if known is None and len(self._averages) >= REMEMBERED:
            self._averages.pop(next(iter(self._averages)))
        if known is None or seconds > IN_HAND:
            self._averages[task] = max(seconds, known or 0.0)
        else:
            # A job that the kernel has put aside for a while is no sign that all of them are slow.
            self._averages[task] = known + SMOOTHING * (min(seconds, RISE * max(known, OVERHEAD)) - known)

    def expected(self, task: str) -> float:
        """Seconds that an attempt will probably take; infinite for a task that was never seen."""
        return self._averages.get(task, math.inf)

    def is_short(self, task: str) -> bool:
        """Whether a job of this task may wait behind others."""
        return self.expected(task) <= IN_HAND


class Backlog:
    """Decides how many jobs to claim, and which of those that found no free slot are kept."""

    def __init__(self, slots: int, durations: Durations) -> None:
        self._slots = slots
        self._durations = durations
        self._average = math.inf  #: of the jobs that were claimed lately
        self._deepest = DEEPEST  #: less on a machine that is too busy to keep up
        self._cautious_until = 0.0
        self._suspects: set[str] = set()  #: tasks for whose sake it is cautious

    def resize(self, slots: int) -> None:
        """From now on there are this many slots."""
        self._slots = slots

    def room(self, free: int, waiting: int, running: Iterable[tuple[str, float]], now: float) -> int:
        """How many jobs to claim: one for each free slot, and what the backlog still takes.

        `running` tells of each busy slot its task and since when it runs. Nothing is held for a slot that runs
        something long.
        """
        if now < self._cautious_until and not all(map(self._durations.is_short, self._suspects)):
            return max(0, free - waiting)
        depth = min(self._deepest, int(IN_HAND / (self._average + OVERHEAD)))
        if depth == 0:
            return max(0, free - waiting)
        stuck = sum(now - since > IN_HAND or not self._durations.is_short(task) for task, since in running)
        return max(0, free + depth * (self._slots - stuck) - waiting)

    def rest(self, sent: int) -> float:
        """Seconds for which the worker may rest and let reports come together, while so many jobs are with the slots.

        A few jobs take as long; 0.0: there are too few of them.
        """
        if math.isinf(self._average):
            return 0.0
        rest = min(LONGEST_REST, max(REST, FEW * self._average))
        return rest if sent * (self._average + OVERHEAD) >= 2 * rest * self._slots else 0.0

    def too_much(self) -> None:
        """Work that was held had to be given back: hold half of it from now on, and a little more after each claim."""
        self._deepest = max(1, self._deepest // 2)

    def surplus(self, tasks: Iterable[str], free: int, now: float) -> list[int]:
        """Look at claimed jobs in their order: the places of those that may not be kept waiting."""
        sent_back = []
        self._deepest = min(DEEPEST, self._deepest + 1)
        last, expected, average = "", math.inf, self._average
        suspects: set[str] = set()
        for place, task in enumerate(tasks):
            if task != last:
                last, expected = task, self._durations.expected(task)
            if expected <= IN_HAND:
                average = expected if average == math.inf else average + SMOOTHING * (expected - average)
            elif place < free:
                average = math.inf
            else:
                suspects.add(task)
                sent_back.append(place)
        self._average = average
        if suspects:
            self._suspects = suspects | (self._suspects if now < self._cautious_until else set())
            self._cautious_until = now + CAUTION
        return sent_back
