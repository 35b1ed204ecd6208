"""What goes into the store's verbs and what comes out: frozen values, no behaviour of Redis."""

from __future__ import annotations

from typing import NamedTuple

from qctl.classes import dataclass, field
from qctl.enums import StrEnum
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.model.attempt import Value
    from qctl.model.state import Reason
    from qctl.model.workflow.plan import WorkflowSubmission


class Answer(StrEnum):
    """What became of one item of a settling verb."""

    OK = "OK"
    ALREADY = "ALREADY"  #: the same call was applied before; its answer was lost
    FENCED = "FENCED"  #: somebody else owns the job now; nothing was changed
    UNKNOWN = "UNKNOWN"  #: there is no such job
    COLLISION = "COLLISION"  #: replace: the workflow's id belongs to another job: draw again


class Claim(NamedTuple):
    """A job that a worker owns under a fence."""

    id: str
    fence: int
    attempt: int
    task: str
    queue: str
    failures: int
    crashes: int
    losses: int
    enqueued_ms: int
    body: bytes
    secrets: bytes = b""  #: `model.secrets.encode`
    source: str = ""  #: of a workflow's job: where what it receives is found, see `model.workflow.inputs`


class Standing(StrEnum):
    """What the store thinks of a worker."""

    OK = "OK"
    UNKNOWN = "UNKNOWN"  #: never registered, or the store was emptied
    CONDEMNED = "CONDEMNED"  #: taken for dead; its jobs are being given to others


class Claimed(NamedTuple):
    """The answer to a claim."""

    standing: Standing
    now_ms: int
    next_due_ms: int | None  #: when the next scheduled job is due, or parked ones are to be looked at
    more: bool  #: jobs of these queues are still ready
    awaited: bool = False  #: of the jobs asked for by id, some have not ended
    claims: tuple[Claim, ...] = ()


class Settlement(NamedTuple):
    """The end of one attempt that its worker tells the store. A tuple, because one is made for every attempt.

    `record` is `Attempt.encode()`, empty for a released job that was not begun; `log` is the packed output.
    """

    id: str
    fence: int
    record: bytes = b""
    log: bytes = b""
    value: Value | None = None  #: complete
    outcome: Outcome = Outcome.FAILED  #: bury
    reason: Reason | None = None  #: bury
    delay_ms: int = 0  #: retry
    missing: bool = False  #: release: this worker does not have the task
    instead: WorkflowSubmission | None = None  #: replace: the workflow whose end and value will be the job's
    charge: str = ""  #: bury, retry: CHARGE_FAILURE, CHARGE_CRASH or nothing


CHARGE_FAILURE = "x"
CHARGE_CRASH = "c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do with a running job that somebody cancelled."""

    fence: int
    by: str = ""
    reason: str = ""
    signal: int | None = None  #: in place of the task's `stop_signal`
    grace: float | None = None  #: seconds, in place of the task's


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The answer to a heartbeat."""

    standing: Standing
    now_ms: int
    command: str = ""  #: drain, resume, stop or stop-now, as last given
    owned: Mapping[str, int] = field(default_factory=dict)  #: id -> fence
    orders: Mapping[str, Order] = field(default_factory=dict)
    peers: Mapping[str, int] = field(default_factory=dict)  #: other worker -> its heartbeat counter
    forgotten: bool = False  #: what the worker can run is not there any more
    others: int = 0  #: workers beside this one, which `peers` need not tell all of


class Orphan(NamedTuple):
    """A job whose worker died."""

    id: str
    fence: int
    attempt: int
    task: str
    losses: int
    started_ms: int  #: when the attempt was claimed, server time
    most_losses: int | None = None  #: so many end a job of its task; None: no worker has declared it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one job of a dead worker."""

    id: str
    fence: int
    lost: bool  #: end it as lost, rather than queue it again
    record: bytes


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """The answer to a reclaim: how it stands with the worker, and the jobs that are still to be judged."""

    status: str  #: OK, ALIVE (its counter moved) or GONE (nothing is left of it)
    judged: int
    batch: tuple[Orphan, ...]
    refused: tuple[str, ...] = ()  #: ids that something stands in the way of: they are to be left out of the next call


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """How far a running job is."""

    id: str
    fence: int
    fraction: float | None
    text: str = ""
    told: str = ""  #: JSON of `current.update_state`


@dataclass(frozen=True, slots=True)
class OutputReport:
    """Chunks of a running attempt's output, as `encode_chunks` writes them.

    `offset` is how many bytes the job had written before them, so that a reader knows what he has seen. `drop` are ids
    of entries of its stream that make room.
    """

    id: str
    fence: int
    attempt: int
    offset: int
    chunk: bytes
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promoted:
    """The answer to a promote."""

    count: int
    next_due_ms: int | None
    now_ms: int
    came_back: bool = False  #: jobs that a limit had parked were queued again
