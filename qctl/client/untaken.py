"""What is said of jobs that were waited for in vain: whether they go on, or nobody is there who would run them."""

from __future__ import annotations

from typing import Protocol

from qctl.errors import QctlError, WaitTimeout
from qctl.model.call import Kind
from qctl.model.state import State
from qctl.model.workflow.node_names import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qctl.model.job import Job
    from qctl.store import Reading, WorkerInfo


class Asked(Protocol):
    """What is needed of a client."""

    @property
    def reading(self) -> Reading: ...
    def live_workers(self, queue: str | None = None) -> list[WorkerInfo]: ...


def given_up(client: Asked, what: str, seconds: str, jobs: Sequence[Job], advice: str = "") -> WaitTimeout:
    """The error of who has waited for `what` for so long: `jobs` as they are now, parts of it that have not ended."""
    advice = advice or f"qctl wait {what}"
    try:
        lacking = _lacking(client, [job for job in jobs if not job.ended])
    except QctlError:
        lacking = ()  # what is there cannot be read
    if not lacking:
        return WaitTimeout(id=what, seconds=seconds, help=advice)
    standing, first = lacking
    return WaitTimeout(id=what, seconds=seconds, standing=standing, help=f"{first}\n{advice}")


def _lacking(client: Asked, jobs: Sequence[Job]) -> tuple[str, str] | tuple[()]:
    """What keeps all of the jobs from being run, and what to do about it; nothing while one of them runs."""
    live = client.live_workers()
    if not live:
        return "it waits, for no worker runs", "qctl up -d        starts one"
    queued = list(_at_their_turn(client, jobs))
    if any(job.state is State.RUNNING for job in queued):
        return ()
    catalogs = client.reading.catalogs(str(worker.about.get("catalog", "")) for worker in live)
    for job in queued:
        readers = [worker for worker in live if worker.reads(job.queue)]
        if not readers:
            return f"it waits, for no live worker reads queue {job.queue}", f"qctl worker -Q {job.queue}"
        told = [catalogs.get(str(worker.about.get("catalog", ""))) for worker in readers]
        if job.call.kind is not Kind.ADHOC and not any(one is None or job.call.task in one for one in told):
            return (
                f"it waits, for no live worker has task {job.call.task}",
                "qctl doctor        names what workers lack",
            )
    return ()


def _at_their_turn(client: Asked, jobs: Iterable[Job]) -> Iterator[Job]:
    """The jobs that are queued or run: of workflows, and for what waits in one, their steps."""
    seen = set[str]()
    for job in jobs:
        parts = parts_of(job.id)
        flow = job.id if job.call.kind is Kind.WORKFLOW else parts[0] if parts and job.state is State.WAITING else ""
        if not flow:
            yield from (job,) * (job.state in (State.QUEUED, State.RUNNING))
        elif flow not in seen:
            seen.add(flow)
            found = client.reading.workflow(flow)
            steps = found.jobs.values() if found else ()
            yield from (step for step in steps if step.state in (State.QUEUED, State.RUNNING))
