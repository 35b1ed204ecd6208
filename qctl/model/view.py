"""The JSON contract: a job as `qctl.job/1`. Fields are only ever added; what is absent is null, never missing."""

from __future__ import annotations

import base64
import json

from qctl.clock import rfc3339
from qctl.model.attempt import ValueKind, fingerprint
from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.model.around import Told
    from qctl.model.attempt import Value
    from qctl.model.job import Job

SCHEMA: Final = "qctl.job/1"


def job_view(
    job: Job,
    value: Value | None = None,
    timeout_s: float | None = None,
    children: Sequence[str] = (),
    workflow: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A job as one JSON object. `value` is what it left, `timeout_s` what its definition says, where the caller has it.

    `children` are the jobs that wait for it, of a workflow those that it is made of; `parent_id` is the first of those
    that it waits for itself, or waited for. `workflow` are a workflow's parts, as `qctl.workflow/1`.

    Times are RFC 3339 in UTC, durations seconds.
    """
    return {
        "schema": SCHEMA,
        "id": job.id,
        **_asked_for(job),
        **_standing(job),
        **_end(job),
        **_times(job),
        "timeout_s": timeout_s,
        "progress": {"fraction": job.progress, "text": job.progress_text},
        "result": value_view(value),
        **_origin(job, children),
        "workflow": workflow,
        "log": _log(job),
        "resources": _resources(job),
        "notified": None,
    }


def told_view(told: Told) -> dict[str, Any]:
    """That somebody was told of a job: one of `notified`, which is null where nobody looked for them."""
    return {"at": rfc3339(told.at_ms), "on": told.occasion, "name": told.name, "job": told.by}


def _asked_for(job: Job) -> dict[str, Any]:
    call = job.call
    return {"task": call.task, "kind": call.kind.value, "params": call.shown_params, "args": list(call.args)}


def _standing(job: Job) -> dict[str, Any]:
    return {
        "state": job.state.value,
        "outcome": job.outcome.value if job.outcome else None,
        "reason": job.reason.value if job.reason else None,
        "queue": job.queue,
        "priority": job.priority,
        "host": job.queue.partition("@")[2] or None,
        "worker": job.worker,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "failures": job.failures,
        "crashes": job.crashes,
        "losses": job.losses,
    }


def _end(job: Job) -> dict[str, Any]:
    last = job.last
    return {
        "exit_code": last.exit_code if last else None,
        "signal": last.signal if last else None,
        "error": _error(job),
    }


def _times(job: Job) -> dict[str, Any]:
    return {
        "enqueued_at": rfc3339(job.enqueued_ms),
        "eta": _time(job.due_ms or job.eta_ms),
        "expires_at": _time(job.expires_ms),
        "started_at": _time(job.started_ms),
        "ended_at": _time(job.ended_ms),
        "wait_s": wait_seconds(job),
        "run_s": run_seconds(job),
    }


def _origin(job: Job, children: Sequence[str]) -> dict[str, Any]:
    call, last = job.call, job.last
    return {
        "workflow_id": call.workflow_id,
        "parent_id": call.parent_id,
        "children": list(children),
        "schedule": call.schedule,
        "scheduled_for": call.scheduled_for,
        "key": call.key,
        "by": call.by or None,
        "tags": list(call.tags),
        "labels": dict(call.labels),
        "source": {"file": call.file, "line": call.line, "hash": (last.hash if last else None) or call.hash},
    }


def value_view(value: Value | None) -> Any:
    """A job's value in JSON: what a Python task returned, a shell task's stdout as text, other bytes as base64."""
    if value is None:
        return None
    try:
        return json.loads(value.data) if value.kind is ValueKind.JSON else value.data.decode()
    except (ValueError, RecursionError):  # of what was to be JSON: somebody wrote it by hand
        return {"base64": base64.b64encode(value.data).decode()}


def python_value(value: Value | None) -> Any:
    """A job's value in Python: JSON as it is, stdout as text without its last newline, what is not UTF-8 as bytes."""
    if value is None or value.kind is ValueKind.JSON:
        return json.loads(value.data) if value else None
    try:
        return value.data.decode().removesuffix("\n")
    except UnicodeDecodeError:
        return value.data


def cancelled_words(job: Job) -> str:
    """By whom a job was cancelled, and why: `by ana@db1: wrong folder`; empty if nobody said."""
    by = f"by {job.cancelled_by}" if job.cancelled_by else ""
    return ": ".join(filter(None, (by, job.cancel_reason)))


def upstream_words(job: Job) -> str:
    """Why a job was skipped: `job 7kq2f8wz did not succeed`; empty if it was not."""
    if job.upstream is None:
        return ""
    return f"job {job.upstream} {what_came_before(job.reason, 'did not succeed')}"


def what_came_before(reason: Reason | None, failed: str) -> str:
    """What became of the job for which another one was skipped."""
    return {Reason.UPSTREAM_CANCELLED: "was cancelled", Reason.STOPPED: "stopped"}.get(reason or Reason.EXIT, failed)


_LIMITS: Final = {
    "task": "max_running of task {}",
    "lock": "the lock {}",
    "rate": "rate_limit of task {}",
    "nobody": "no live worker has task {}",
    "form": "a newer qctl wrote it, and no live worker of that version is there",
}


def held_words(job: Job) -> str:
    """What holds a queued job back: `max_running of task dump`; empty if nothing does."""
    kind, _, name = (job.parked_by or "").partition(":")
    if needs_newer(name):
        kind = "form"
    return _LIMITS[kind].format(name) if kind in _LIMITS else job.parked_by or ""


def needs_newer(missing: str) -> bool:
    """Whether what is missing is no task, but a worker of a newer qctl, that reads the form of the job's record."""
    return missing.startswith("form ")


def wait_seconds(job: Job) -> float | None:
    """How long a job waited for its first attempt, from when it was asked for or from its ETA; None before that."""
    started = job.attempts[0].started_ms if job.attempts else job.started_ms
    if started is None:
        return None
    return max(0, started - max(job.enqueued_ms, job.eta_ms or 0)) / 1000


def run_seconds(job: Job) -> float | None:
    """How long the last attempt ran, or a workflow did; None while it runs, or if none ever did."""
    if job.call.kind is Kind.WORKFLOW and job.started_ms is not None and job.ended_ms is not None:
        return max(0, job.ended_ms - job.started_ms) / 1000
    if job.last is None:
        return None
    return max(0, job.last.ended_ms - job.last.started_ms) / 1000


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else rfc3339(milliseconds)


def _error(job: Job) -> Mapping[str, str | None] | None:
    last = job.last
    if job.outcome is Outcome.CANCELLED and (said := cancelled_words(job)):
        return {"type": "cancelled", "message": said, "fingerprint": fingerprint("cancelled", said)}
    if job.reason is not None and (said := upstream_words(job)):
        return {"type": job.reason.value, "message": said, "fingerprint": fingerprint(job.reason.value, said)}
    if last is None or last.error_type is None:
        return None
    return {"type": last.error_type, "message": last.error_message, "fingerprint": last.fingerprint}


def _log(job: Job) -> Mapping[str, int]:
    last = job.last
    if last is None:
        return {"bytes": 0, "lines": 0, "dropped": 0}
    return {"bytes": last.log_bytes, "lines": last.log_lines, "dropped": last.log_dropped}


def _resources(job: Job) -> Mapping[str, float | int | None]:
    last = job.last
    return {"cpu_s": last.cpu_s if last else None, "max_rss_bytes": last.max_rss_bytes if last else None}
