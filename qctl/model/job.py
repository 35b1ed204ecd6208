"""A job as it is read back from the store: one submission of a task, with all its attempts."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.attempt import Attempt
    from qctl.model.call import Call
    from qctl.model.state import Outcome, Reason

#: Between the text of a job's progress and what else it tells, in its record.
TOLD_APART: Final = "\x1e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One submission. Times are server time, in ms since the epoch."""

    id: str
    call: Call
    state: State
    queue: str
    priority: int
    enqueued_ms: int
    outcome: Outcome | None = None  #: only when ended
    reason: Reason | None = None
    eta_ms: int | None = None  #: the time asked for at submit
    due_ms: int | None = None  #: of a scheduled job: when it is queued, at its ETA or for its next attempt
    expires_ms: int | None = None
    started_ms: int | None = None  #: of the attempt that runs, or of the last one
    ended_ms: int | None = None
    revived_ms: int | None = None  #: when somebody had it run again last, after it had ended
    revived_by: str | None = None  #: and who did
    fence: int = 0
    attempt: int = 0  #: number of the attempt that runs, or of the last one
    failures: int = 0
    crashes: int = 0
    losses: int = 0
    owner: str | None = None  #: the worker that runs it: its id
    worker: str | None = None  #: its label
    progress: float | None = None  #: from 0 to 1
    progress_text: str | None = None
    told: str | None = None  #: JSON: the `state` and `meta` that a running Python task has told of itself
    parked_by: str | None = None  #: of a queued job: the limit that holds it back, such as `task:dump` or `lock:db`
    upstream: str | None = None  #: of a skipped job: the one that it waited for, and which did not succeed
    cancelling: bool = False  #: a cancel has been asked for and has not yet taken effect
    cancelled_by: str | None = None  #: who asked for the cancel
    cancel_reason: str | None = None  #: and why, in words of their own
    attempts: tuple[Attempt, ...] = ()  #: those that ended, oldest first
    value_kind: str | None = None  #: a ValueKind if a value is kept
    value_bytes: int = 0
    source: str = ""  #: of a workflow's job: where what it receives is found, see `model.workflow.inputs`
    awaiting: str | None = None  #: of a job that has replaced itself: the workflow whose end will be its own
    failed_nodes: int = 0  #: of an ended workflow: how many of its nodes did not succeed

    @property
    def last(self) -> Attempt | None:
        """The attempt that ended last."""
        return self.attempts[-1] if self.attempts else None

    @property
    def max_attempts(self) -> int:
        """How many attempts this job may come to: as the last worker knew it, or as its caller did."""
        known = self.last.max_attempts if self.last else self.call.tries
        return max(known, self.attempt)

    @property
    def ended(self) -> bool:
        return self.state is State.ENDED
