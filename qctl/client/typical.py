"""How long a task usually takes, from its last runs."""

from __future__ import annotations

from typing import NamedTuple

from qctl.later import later
from qctl.model.job_words import run_s
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from statistics import median
    from typing import Any, Final

    from qctl.store import Reading
else:
    median = later("statistics", "median")

_RUNS: Final = 30  #: so many at most are looked at …
_PAGES: Final = 4  #: … among the newest jobs of the task, so many times as many, since it may have failed of late
_FEWEST: Final = 5  #: fewer say nothing
_AT_ONCE: Final = 4  #: tasks that are looked up in one go


class Usual(NamedTuple):
    """How long a task usually takes."""

    seconds: float  #: the median
    runs: int  #: of so many


class Typical:
    """The usual run times of tasks, each looked up once."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._known: dict[str, Usual | None] = {}

    def of(self, tasks: Iterable[str]) -> dict[str, float]:
        """By task the median of its newest runs that succeeded, in seconds: of those of which it is known by now."""
        wanted = dict.fromkeys(tasks)
        for task in [task for task in wanted if task not in self._known][:_AT_ONCE]:
            self._known[task] = self._look_up(task)
        return {task: found.seconds for task in wanted if (found := self._known.get(task)) is not None}

    def usual(self, task: str) -> Usual | None:
        """How long a task usually takes; None if too few of its runs have succeeded."""
        self.of([task])
        return self._known[task]

    def _look_up(self, task: str) -> Usual | None:
        runs: list[float] = []
        more: dict[str, Any] = {}
        for _ in range(_PAGES):
            jobs = self._reading.ended(_RUNS, task=task, **more)
            took = [run_s(job, 0) for job in jobs if job.outcome is Outcome.SUCCEEDED]
            runs += [each for each in took if each is not None]
            if len(jobs) < _RUNS or len(runs) >= _RUNS:
                break
            more = {"before_ms": jobs[-1].ended_ms or 0}
        return Usual(median(runs[:_RUNS]), len(runs[:_RUNS])) if len(runs) >= _FEWEST else None
