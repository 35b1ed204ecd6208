"""A job's state in Celery's words, and what went wrong with it: type, message and the text of the traceback."""

from __future__ import annotations

import json
from typing import Any, Final

from qctl.client import JobFailed
from qctl.client.handle import why
from qctl.errors import NoSuchJob
from qctl.model.job import Job
from qctl.model.output import STDERR
from qctl.model.state import Outcome, Reason, State
from qctl.python.asked import Asked
from qctl.python.last_words import last_words
from qctl.python.tracebacks import last_traceback

PENDING: Final = "PENDING"
STARTED: Final = "STARTED"
RETRY: Final = "RETRY"
PROGRESS: Final = "PROGRESS"
SUCCESS: Final = "SUCCESS"
FAILURE: Final = "FAILURE"
REVOKED: Final = "REVOKED"
READY_STATES: Final = frozenset({SUCCESS, FAILURE, REVOKED})

_REVOKED: Final = (Outcome.CANCELLED, Outcome.EXPIRED)
_CALLED_OFF: Final = (Reason.UPSTREAM_CANCELLED, Reason.STOPPED)


def celery_state(job: Job) -> str:
    """The state of a job as Celery names it. What was skipped because of a failure has failed; a cancel is a revoke."""
    if job.state is State.ENDED:
        if job.outcome is Outcome.SUCCEEDED:
            return SUCCESS
        called_off = job.outcome is Outcome.SKIPPED and job.reason in _CALLED_OFF
        return REVOKED if job.outcome in _REVOKED or called_off else FAILURE
    if job.state is State.RUNNING:
        told = _told(job)
        return str(told["state"]) if told else STARTED if job.progress is None else PROGRESS
    return RETRY if job.failures else PENDING


def info_of(job: Job) -> Any:
    """What a job that has not ended says of itself: its `meta`, or how far it is; None if it says nothing."""
    if (told := _told(job)) is not None:
        return told.get("meta")
    if job.progress is None and job.progress_text is None:
        return None
    return {"progress": job.progress, "text": job.progress_text}


def _told(job: Job) -> dict[str, Any] | None:
    """What the attempt that runs has said by `update_state`."""
    if job.told is None or job.state is not State.RUNNING:
        return None
    said: dict[str, Any] = json.loads(job.told)
    return said


def failure_of(job: Job, client: Asked) -> JobFailed:
    """Why a job did not succeed: for one that was skipped, the end of the job that failed before it."""
    origin = _origin(job, client)
    if origin is None:
        return JobFailed(id=job.id, task=job.call.task, outcome=job.outcome, why=why(job))
    last = origin.last
    failure = JobFailed(
        id=origin.id,
        task=origin.call.task,
        outcome=origin.outcome,
        why=why(origin),
        type=(last.error_type if last else None) or str(origin.reason or origin.outcome),
        text=(last.error_message if last else None) or "",
        traceback=(told := traceback_of(origin, client)),
    )
    if told is not None:  # what is printed of an uncaught failure then tells where in the task's code it arose
        failure.add_note(f"\n{told.rstrip()}")
    elif said := last_words(origin, client):
        failure.add_note(said)
    return failure


def traceback_of(job: Job, client: Asked) -> str | None:
    """The text of the last attempt's traceback, with what caused it, as far as its output was kept; None if there is
    none. For a job that was skipped it is that of the job which failed before it.
    """
    origin = _origin(job, client)
    if origin is None or not origin.attempts or origin.attempts[-1].error_type is None:
        return None
    last = origin.attempts[-1]
    said = b"".join(
        p.chunk.data for p in client.logs(origin.id) if p.attempt == last.number and p.chunk.stream == STDERR
    )
    return last_traceback(said.decode(errors="replace"), str(last.error_type))


def _origin(job: Job, client: Asked) -> Job | None:
    """The job that failed first: itself, or one before it; None if that is not there any more."""
    if job.upstream is None:
        return job
    try:
        return client.job(job.upstream)
    except NoSuchJob:
        return None
