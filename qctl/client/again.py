"""Asking for a job once more, as a copy with an id of its own."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.requests import Options, Request
from qctl.model.call import Kind
from qctl.model.state import Outcome
from qctl.model.workflow.copying import secrets_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.submitting import Receipt
    from qctl.model.job import Job

_MOST_BEHIND: Final = 10_000


def with_secrets(client: Client, job: Job) -> Job:
    """A job that says of a workflow which secrets its steps have: a copy would need their values."""
    if job.call.kind is not Kind.WORKFLOW:
        return job
    return replace(job, call=replace(job.call, secrets=secrets_of(client.workflow(job.id).plan)))


def skipped_after(client: Client, jobs: Sequence[Job]) -> list[Job]:
    """The jobs that were skipped because one of these did not succeed, and because of those in turn; these first."""
    found: dict[str, Job] = {}
    known, above = {job.id for job in jobs}, [job.id for job in jobs]
    while above and len(found) < _MOST_BEHIND:
        ids = [one for one in dict.fromkeys(client.reading.skipped(above)) if one not in known]
        behind = [job for job in client.reading.jobs(ids) if job.outcome is Outcome.SKIPPED and job.upstream in known]
        above = [job.id for job in behind]
        known.update(above)
        found |= {job.id: job for job in behind}
    return list(found.values())


def copy(client: Client, job: Job) -> Receipt:
    """Submit the same call once more. Its task's options are those of today; a workflow's are those of its plan.

    The job has no secrets, for their values are gone. Raises what `submit` raises.
    """
    call = job.call
    if call.kind is Kind.WORKFLOW:
        return client.copy_workflow(client.workflow(job.id))
    queue, _, host = job.queue.partition("@")
    asked = Options(
        queue=queue,
        host=host or None,
        priority=job.priority,
        retries=call.retries,
        tags=call.tags,
        labels=call.labels,
        env=call.env,
        stdin=call.stdin_bytes,
    )
    wanted = Request(
        task=call.task,
        params=call.params,
        args=call.args,
        adhoc=call.kind is Kind.ADHOC,
        cwd=call.cwd,
        options=asked,
    )
    return client.submit([wanted], strict=False)[0]
