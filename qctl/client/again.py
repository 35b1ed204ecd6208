"""Asking for a job once more, as a copy with an id of its own."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.requests import Options, Request
from qctl.model.call import Kind
from qctl.model.workflow.copying import secrets_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.client.asking import Client
    from qctl.client.submitting import Receipt
    from qctl.model.job import Job


def with_secrets(client: Client, job: Job) -> Job:
    """A job that says of a workflow which secrets its steps have: a copy would need their values."""
    if job.call.kind is not Kind.WORKFLOW:
        return job
    return replace(job, call=replace(job.call, secrets=secrets_of(client.workflow(job.id).plan)))


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
