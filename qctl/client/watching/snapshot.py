"""The values that a live screen is drawn from. Times are server time in ms."""

from __future__ import annotations

from enum import Enum, auto

from qctl.classes import dataclass, field
from qctl.model.around import Around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.client.fleet import Fleet
    from qctl.client.following import LogPiece
    from qctl.client.health import Health
    from qctl.model.error_groups import ErrorGroup
    from qctl.model.event import Event
    from qctl.model.job import Job
    from qctl.model.occurrence import Occurrence
    from qctl.model.query_tree import Query
    from qctl.model.workflow.outline import Workflow
    from qctl.model.workflow.standing import Progress

_NOTHING_AROUND: Final = Around()


class Kind(Enum):
    """What a subject is."""

    QUEUE = auto()  #: known by its name
    WORKER = auto()  #: by its id
    SCHEDULE = auto()  #: by its name
    EVENT = auto()  #: by its id


@dataclass(frozen=True, slots=True)
class Subject:
    """Something of which more is told than its row says."""

    kind: Kind
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What there is to tell of a subject."""

    subject: Subject
    jobs: tuple[Job, ...] = ()  #: that a queue starts next, a worker runs, a ledger or an event names
    ledger: tuple[Occurrence, ...] = ()  #: of a schedule, newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What the screen shows now, and therefore what is to be read. What is not wanted costs nothing."""

    query: Query | None = None  #: of the jobs; None: those that have not ended, then the newest failures
    words: str = ""  #: that query as it was typed, which the page is then told by
    sort: str = ""  #: by which column of the jobs; empty: as they are claimed
    reverse: bool = False
    first: int = 0  #: of the jobs, from this one on …
    rows: int = 40  #: … so many
    full: bool = False  #: where there are not as many from there on, the last ones that there are
    jobs: bool = True
    schedules: bool = False
    errors: bool = False
    failures: Query | None = None  #: of which jobs the errors are; None: of all that failed in the last day
    failures_words: str = ""  #: that query as it was typed, which the errors are then told by
    events: bool = False
    rates: bool = True
    job: str = ""  #: whose page is read
    subject: Subject | None = None  #: of which more is told
    log: str = ""  #: whose output is followed
    log_lines: int = 1000  #: at most so many of its newest lines are kept

    def begin(self, total: int) -> int:
        """From which job on it is that is shown, of so many that there are."""
        return min(self.first, max(0, total - self.rows) if self.full else total)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """The jobs that are shown, out of all that are meant."""

    jobs: tuple[Job, ...] = ()
    first: int = 0
    total: int = 0  #: jobs that are meant, as far as was read
    cut: bool = False  #: there may be more than was read
    bounded: bool = False  #: there may be more than can be read: no page has those
    words: str = ""  #: the query of which this is the answer
    unread: bool = False  #: nobody wanted them
    counted: Mapping[str, Progress] | None = None  #: how far workflows among them are
    places: Mapping[str, int] | None = None  #: of queued ones, which in their queue they are, from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What happened in each of the last 60 minutes, oldest first, the last one as far as it has come."""

    succeeded: tuple[int, ...]
    failed: tuple[int, ...]
    wait_p95_ms: tuple[int | None, ...]
    enqueued_per_minute: Mapping[str, float]  #: by queue, over the last five minutes
    ended_per_minute: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSeen:
    """All that a job's page tells, beside what is known of the instance."""

    job: Job
    around: Around = _NOTHING_AROUND
    output: tuple[str, ...] = ()  #: the last lines that it wrote, of a workflow those of the job that failed first
    workflow: Workflow | None = None  #: of a workflow, its plan and its jobs
    speaks: str = ""  #: of a workflow, whose output this is
    typical_s: float | None = None  #: the middle of its task's last successful runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An instance as it was seen at one moment. Parts that were not wanted are empty or None."""

    title: str  #: which instance this is
    taken: float  #: monotonic seconds
    now_ms: int = 0
    health: Health | None = None  #: None only before the first look that was answered
    rates: Rates | None = None
    page: JobPage = JobPage()
    fleet: Fleet | None = None
    next_ms: Mapping[str, int] = field(default_factory=dict)  #: by schedule, its next instant
    errors: tuple[ErrorGroup, ...] = ()
    errors_sought: str = ""  #: the query of which these are the answer
    events: tuple[Event, ...] = ()  #: newest first
    titles: Mapping[str, str] = field(default_factory=dict)  #: of each event's first job, what it is called
    beside: Beside | None = None  #: of the subject that is wanted
    job: JobSeen | None = None
    gone: bool = False  #: there is no job of the id that is wanted
    log: tuple[LogPiece, ...] = ()  #: of the job whose output is wanted, as far as it is kept
    log_names: Mapping[str, str] = field(default_factory=dict)  #: of a workflow, what its steps are called by their ids
    log_dropped: int = 0  #: older lines of it that are not kept here
    trouble: str = ""  #: why the last look was not answered; all else is then of the look before
    complaint: str = ""  #: what is wrong with the query
