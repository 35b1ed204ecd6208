"""A record of every run outside Redis: a file to which each run appends one line when it begins, and one at its end.

Each line is one write to a file opened with O_APPEND, so lines of several processes never mix, and their order is the
order in which things happened. What was killed in between has no second line.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

START: Final = "start"
END: Final = "end"

#: For a shell task: `mark start`, `mark end`. The time is of CLOCK_BOOTTIME, which nobody sets, in steps of 10 ms.
SHELL: Final = """mark() {
  read -r up _ < /proc/uptime
  printf '%s\\n' "$1 $QCTL_JOB_ID $QCTL_ATTEMPT $QCTL_FENCE $PPID $up $QCTL_RUN_DIR" >> "$RECORD"
}
"""

#: For task code: `mark("start")`, `mark("end")`.
PYTHON: Final = """
import os
from qctl import current

def mark(what):
    with open("/proc/uptime") as clock:
        up = clock.read().split()[0]
    line = f"{what} {current.job_id} {current.attempt} {current.fence} {os.getpid()} {up} {os.environ['QCTL_RUN_DIR']}"
    record = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(record, line.encode() + b"\\n")
    os.close(record)
"""


def uptime() -> float:
    """Now, on the clock of the record."""
    return float(Path("/proc/uptime").read_text().split()[0])


class Mark(NamedTuple):
    """One line."""

    what: str  #: `start` or `end`
    job: str
    attempt: int
    fence: int
    slot: int  #: the process of the slot
    at: float  #: s since the start of the machine
    run_dir: str  #: which of the workers it was is seen from there


class Run(NamedTuple):
    """What one claim of a job is known by."""

    job: str
    fence: int


@dataclass(frozen=True, slots=True)
class Doubled:
    """A claim that was run more than once, though each run has to be claimed anew."""

    run: Run
    times: int


class RunRecord:
    """The file, read as it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch(mode=0o600)
        self.marks: list[Mark] = []
        self.starts: dict[str, int] = {}  #: by job how often it began
        self.times: dict[Run, int] = {}  #: by claim how often it began
        self.ended: set[Run] = set()  #: claims that were run to their end
        self.last_claims: dict[str, Run] = {}  #: by job the newest claim that has begun
        self.last_by_slot: dict[int, Mark] = {}
        self._read_to = 0

    def read(self) -> list[Mark]:
        """Read on, and answer the new lines."""
        with self.path.open("rb") as file:
            file.seek(self._read_to)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._read_to += len(whole)
        new = [_parsed(line) for line in whole.decode().splitlines()]
        for mark in new:
            self.marks.append(mark)
            self.last_by_slot[mark.slot] = mark
            run = Run(mark.job, mark.fence)
            if mark.what == END:
                self.ended.add(run)
            else:
                self.last_claims[mark.job] = max(run, self.last_claims.get(mark.job, run), key=_fence)
                self.starts[mark.job] = self.starts.get(mark.job, 0) + 1
                self.times[run] = self.times.get(run, 0) + 1
        return new

    def running_in(self, slot: int) -> Run | None:
        """What a slot has begun and not ended."""
        last = self.last_by_slot.get(slot)
        return Run(last.job, last.fence) if last is not None and last.what == START else None

    def began(self, runs: Iterable[Run]) -> list[Run]:
        """Those of these claims that have begun."""
        return [run for run in runs if run in self.times]

    def doubled(self) -> list[Doubled]:
        """Claims that were run more than once."""
        return [Doubled(run, times) for run, times in self.times.items() if times > 1]


def _fence(run: Run) -> int:
    return run.fence


def _parsed(line: str) -> Mark:
    what, job, attempt, fence, slot, at, run_dir = line.split(" ", 6)
    return Mark(what, job, int(attempt), int(fence), int(slot), float(at), os.fspath(run_dir))
