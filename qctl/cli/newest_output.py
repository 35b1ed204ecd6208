"""The lines that stand below a workflow's tree: what its running jobs wrote last."""

from __future__ import annotations

from collections import deque
from itertools import cycle, islice
from typing import Protocol

from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Final

    from qctl.model.job import Job
    from qctl.model.lines import Line

_HEARD: Final = 4  #: running jobs that are read at a look; of more, others at the next

Said = tuple[str, str]  #: the name of a node, and a line of its job


class Output(Protocol):
    """What gives the lines that jobs have written since the last time."""

    def read(self, jobs: Mapping[str, Job]) -> Iterable[tuple[str, int, Line]]:
        """The name of a node, the attempt, and a line of it."""


class NewestOutput:
    """Keeps the last lines of the jobs that run; of what has ended only while nothing runs."""

    def __init__(self, output: Output, most: int) -> None:
        self._output, self._most = output, most
        self._last: dict[str, deque[Line]] = {}
        self._turn = 0

    def lines(self, jobs: Mapping[str, Job]) -> list[Said]:
        """The newest lines, the newest first: of every job its last one before an older one of another."""
        running = {name: job for name, job in jobs.items() if job.state is State.RUNNING}
        shown = running or _left_last(jobs)
        self._last = {name: lines for name, lines in self._last.items() if name in shown}
        for name, _, line in self._output.read(self._some(shown)):
            if _text(line).strip():
                self._last.setdefault(name, deque(maxlen=self._most)).append(line)
        return newest(self._last, list(shown), self._most)

    def _some(self, jobs: Mapping[str, Job]) -> dict[str, Job]:
        """So many of them as are read at one look: all get their turn."""
        if len(jobs) <= _HEARD:
            return dict(jobs)
        chosen = islice(cycle(jobs.items()), self._turn % len(jobs), self._turn % len(jobs) + _HEARD)
        self._turn += _HEARD
        return dict(chosen)


def newest(lines: Mapping[str, Sequence[Line]], names: Sequence[str], most: int) -> list[Said]:
    """The lines of these jobs that were written last, `most` of them, the newest first."""
    found = [
        (age, -line.at_ms, name, _text(line))
        for name in names
        for age, line in enumerate(reversed(lines.get(name, ())))
    ]
    return [(name, text) for _, _, name, text in sorted(found, key=lambda one: one[:2])[:most]]


def _left_last(jobs: Mapping[str, Job]) -> dict[str, Job]:
    """The job whose attempt ended last, which may be tried again."""
    ended = [(job.attempts[-1].ended_ms, name) for name, job in jobs.items() if job.attempts]
    return {name: jobs[name] for _, name in [max(ended)]} if ended else {}


def _text(line: Line) -> str:
    """What a terminal would show of a line: what was written over is not of it."""
    return line.data.rstrip(b"\r\n").rpartition(b"\r")[2].decode("utf-8", "replace")
