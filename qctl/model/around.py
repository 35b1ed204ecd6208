"""What a report tells of a job that does not stand in the job's own record."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.lines import last_lines
from qctl.model.output import unpack
from qctl.model.show import duration
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.job import Job
    from qctl.model.workflow.outline import Workflow

HISTORY_DAYS: Final = 30  #: that are counted, as far as jobs are kept


@dataclass(frozen=True, slots=True)
class History:
    """How the task's jobs ended in the last HISTORY_DAYS, this one included."""

    ok: int = 0
    bad: int = 0  #: ended otherwise: failed, timed out, lost, cancelled, expired or skipped
    last_ok_ms: int | None = None  #: when the newest that succeeded, other than this one, ended
    last_ok_run_s: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody was told of a job."""

    at_ms: int
    occasion: str  #: as in `on` of a notify name
    name: str  #: the notify name
    by: str  #: the job that told it


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """All of it."""

    server: str = ""
    command: str = ""  #: the command line that its task is, where that is known; empty: of an ad-hoc job it is the call
    timeout_s: float | None = None  #: of an attempt, as its definition says
    limits: str = ""  #: what else limits an attempt, in words
    held: str = ""  #: what holds its queue back
    awaited: Sequence[str] = ()  #: the jobs that it still waits for
    dependents: Sequence[str] = ()  #: the jobs that wait for it
    skipped: Sequence[str] = ()  #: the jobs that waited for it and do not run because of its end
    told: Sequence[Told] = ()  #: in the order in which it was told
    history: History | None = None
    next_run_ms: int | None = None  #: when its schedule is due next
    lines: int | None = None  #: of output to show; None: as the width allows

    def limits_of(self, job: Job, now_ms: int) -> str:
        """`timeout 1h (47m56s left) · memory 1.0G`; empty if there is none, or none is known."""
        if self.timeout_s is None:
            return self.limits
        left = ""
        if job.state is State.RUNNING and job.started_ms is not None:
            left = f" ({duration(max(0, int(self.timeout_s - (now_ms - job.started_ms) / 1000)))} left)"
        return f"timeout {duration(self.timeout_s)}{left}" + (f" · {self.limits}" if self.limits else "")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A job with what the store knows around it; `config.next_run` makes an Around of it."""

    job: Job
    output: bytes  #: packed, of its last attempt; empty if there is none, or none any more
    history: History
    skipped: tuple[str, ...]  #: the jobs that do not run because of its end
    definition: bytes = b""  #: of its schedule; empty if it has none, or if that starts nothing
    origin_ms: int = 0  #: since when there is that schedule
    flow: Workflow | None = None  #: the workflow that the job is, unless it is too large to be told whole
    speaks: str = ""  #: the job of it whose output this is: the one that failed first

    def last_lines(self, most: int) -> list[str]:
        """The last lines that it wrote."""
        try:
            return last_lines(unpack(self.output).chunks, most)
        except ValueError:  # damaged
            return []
