"""One job with all that its page tells."""

from __future__ import annotations

from qctl.classes import replace
from qctl.client.queueing import what_holds
from qctl.client.typical import Typical
from qctl.client.watching.kept import Kept
from qctl.client.watching.output import Tail
from qctl.client.watching.snapshot import JobSeen
from qctl.client.workflows import speaker
from qctl.config.next_run import around_of
from qctl.errors import NoSuchJob
from qctl.model.around import Around
from qctl.model.call import Kind
from qctl.model.lines import last_lines
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.health import Health
    from qctl.model.job import Job

_LINES: Final = 20
_TYPICAL_S: Final = 60.0


class OneJob:
    """Reads the job that is looked at, look after look."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._output = Tail(client.reading)
        self._typical: Kept[Typical] = Kept(_TYPICAL_S)

    def see(self, job_id: str, health: Health) -> JobSeen | None:
        """The job as it is now, in an instance that is so; None if it is gone. Raises QctlError."""
        reading = self._client.reading
        try:
            job = reading.job(job_id)
        except NoSuchJob:
            return None
        flow = reading.workflow(job_id) if job.call.kind is Kind.WORKFLOW else None
        node = speaker(flow) if flow is not None else None
        speaks = flow.jobs[node] if flow is not None and node is not None else job
        return JobSeen(
            job=job,
            around=_around(self._client, job, health),
            output=self._last_lines(speaks),
            workflow=flow,
            speaks=speaks.id if speaks is not job else "",
            typical_s=self._typical_s(job.call.task) if job.state is State.RUNNING else None,
        )

    def _last_lines(self, job: Job) -> tuple[str, ...]:
        """The last lines of the last attempt."""
        pieces = self._output.read(job.id, _LINES, (job,))
        return tuple(last_lines((piece.chunk for piece in pieces if piece.attempt == job.attempt), _LINES))

    def _typical_s(self, task: str) -> float | None:
        typical = self._typical.get(lambda: Typical(self._client.reading))
        return typical.of([task]).get(task)


def _around(client: Client, job: Job, health: Health) -> Around:
    ((related, known),) = client.beside([job])
    waits = job.state is State.QUEUED
    return replace(
        around_of(known, health.now_ms, _LINES) if known else Around(lines=_LINES),
        told=related.told,
        held=what_holds(job.queue, health.paused, health.queues, related.rule) if waits else "",
        awaited=related.awaited if job.state is State.WAITING else (),
        dependents=() if job.ended else related.dependents,
    )
