"""What is known of the jobs that run in this process: each with its attempts, its value and what it has said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qctl.classes import dataclass, field, replace
from qctl.client import LogPiece
from qctl.clock import now
from qctl.current import Said
from qctl.errors import NoSuchJob
from qctl.model.attempt import Value
from qctl.model.call import Call
from qctl.model.ended import ErrorInfo
from qctl.model.job import Job
from qctl.model.state import Outcome, Reason, State
from qctl.model.submission import Submission
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.received import Receiving
from qctl.model.workflow.walk import Walk


@dataclass(slots=True)
class Flow:
    """A workflow under way."""

    id: str
    walk: Walk
    receiving: Receiving
    written: int = 0  #: how many of its nodes' ends are written down


@dataclass(slots=True)
class Entry:
    """One job."""

    submission: Submission
    job: Job
    value: Value | None = None
    log: list[LogPiece] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)  #: seconds that would have been waited before each retry
    told: list[Said] = field(default_factory=list)  #: what its attempts have said of themselves
    raised: BaseException | None = None  #: what its last attempt has raised
    flow: Flow | None = None  #: of a workflow that has begun
    broken_off: str = ""  #: what kept it from running, or from its end

    @property
    def id(self) -> str:
        return self.job.id

    @property
    def error(self) -> ErrorInfo | None:
        """What went wrong in its last attempt."""
        last = self.job.last
        if last is None or last.error_type is None:
            return None
        return ErrorInfo(type=last.error_type, message=last.error_message or "")

    def change(self, **facts: Any) -> None:
        """Know something new of the job."""
        self.job = replace(self.job, **facts)

    def end(self, outcome: Outcome, reason: Reason | None = None, upstream: str | None = None) -> None:
        """The job has ended."""
        self.change(state=State.ENDED, outcome=outcome, reason=reason, upstream=upstream, ended_ms=ms())


class Book:
    """All of them, by id."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    def add(self, submission: Submission, **facts: Any) -> Entry:
        """Enter a job, of a workflow with its steps."""
        call = Call.decode(submission.body)
        at = ms()
        due = submission.due_ms if submission.delay_ms is None else at + submission.delay_ms
        job = Job(
            id=submission.id,
            call=call,
            state=State.QUEUED,
            queue=submission.queue,
            priority=submission.priority,
            enqueued_ms=at,
            eta_ms=due,
            expires_ms=None if submission.expires_ms is None else at + submission.expires_ms,
        )
        entry = Entry(submission, replace(job, **facts))
        self._entries[submission.id] = entry
        if isinstance(submission, WorkflowSubmission):
            for node in submission.plan.nodes:
                if node.job is not None:
                    self.add(node.job, state=State.WAITING)
        return entry

    def entry(self, job_id: str) -> Entry:
        """The job of this id. Raises NoSuchJob."""
        if job_id not in self._entries:
            raise NoSuchJob(id=job_id, help="handles of jobs that run in a test live as long as the test")
        return self._entries[job_id]

    def get(self, job_id: str) -> Entry | None:
        """The same; None if there is none."""
        return self._entries.get(job_id)

    def jobs(self, ids: Sequence[str]) -> list[Job]:
        """The jobs of these ids. Raises NoSuchJob."""
        return [self.entry(one).job for one in ids]

    def everything(self) -> Sequence[Job]:
        """All jobs, in the order in which they came."""
        return [entry.job for entry in self._entries.values()]

    def break_off(self, why: str) -> None:
        """Nothing that has not ended will, and this is why."""
        for entry in self._entries.values():
            if not entry.job.ended:
                entry.broken_off = why

    def nodes(self, flow: Flow) -> Mapping[str, Job]:
        """The jobs of a workflow, by node."""
        names = [(name, node_id(flow.id, name)) for name, node in flow.walk.nodes.items() if node.job is not None]
        return {name: self._entries[job].job for name, job in names if job in self._entries}


def ms() -> int:
    """Now, in ms since the epoch."""
    return round(now().timestamp() * 1000)
