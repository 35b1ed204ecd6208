"""qctl in FastAPI: a router that submits, shows, follows and cancels jobs, and errors as answers.

    app = FastAPI()
    app.include_router(jobs_router(tasks=["images.*"]), prefix="/jobs", dependencies=[Depends(signed_in)])
    answer_errors(app)

Every call of the store is made in a worker thread, never in the event loop, and none takes longer than the instance's
timeout: while Redis is away the answer is 503.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from qctl.errors import NoSuchJob, NotFound, QctlError
from qctl.integrations.http_errors import RETRY_AFTER, body_of, status_of
from qctl.model.job import Job
from qctl.model.view import job_view, value_view
from qctl.python.instance import Qctl, current_instance
from qctl.python.results import AsyncResult
from qctl.python.states import READY_STATES, celery_state, info_of

_LOOK: Final = 0.5  #: seconds between two looks at a job that somebody follows
_QUIET: Final = 15.0  #: seconds without news after which a comment keeps the connection open


class Wanted(BaseModel):
    """A job that somebody asks for."""

    model_config = ConfigDict(extra="forbid")

    task: str
    params: dict[str, Any] = Field(default_factory=dict)
    key: str | None = None  #: the same key answers the same job
    priority: int | None = Field(default=None, ge=0, le=9)
    countdown: float | None = Field(default=None, ge=0)


def jobs_router(tasks: Sequence[str], instance: Qctl | None = None) -> APIRouter:
    """Routes for jobs of the tasks that match one of these patterns; of others they know nothing.

    `POST /` submits, `GET /{id}` tells the state, `GET /{id}/result` the value (202 until there is one),
    `GET /{id}/events` follows the job as server-sent events, `DELETE /{id}` cancels it. Who may call them is for the
    `dependencies` of `include_router` to say.
    """
    jobs = _Jobs(tasks, instance)
    router = APIRouter(tags=["jobs"])
    router.add_api_route("/", jobs.submit, methods=["POST"], status_code=202)
    router.add_api_route("/{job_id}", jobs.show, methods=["GET"])
    router.add_api_route("/{job_id}", jobs.cancel, methods=["DELETE"])
    router.add_api_route("/{job_id}/result", jobs.result, methods=["GET"])
    router.add_api_route("/{job_id}/events", jobs.events, methods=["GET"])
    return router


def answer_errors(app: FastAPI) -> None:
    """Let errors of qctl's, from the router and from `task.delay` in any endpoint, become answers: 503, 404, 422 …"""
    app.add_exception_handler(QctlError, _answer)


def jobs() -> Qctl:
    """For `Depends(jobs)`: the instance of this process, as `qctl.configure` names it.

    Its methods wait for Redis: call them in a `def` endpoint, or by `run_in_threadpool` in an `async def` one.
    """
    return current_instance()


class _Jobs:
    """The endpoints. Those that are no coroutines are run in a thread by FastAPI."""

    def __init__(self, tasks: Sequence[str], instance: Qctl | None) -> None:
        self._tasks = tuple(tasks)
        self._instance = instance

    def submit(self, wanted: Wanted) -> dict[str, Any]:
        """Submit a job and answer its id."""
        if not self._offers(wanted.task):
            raise NotFound(f"no task {wanted.task} is offered here")
        options = {name: getattr(wanted, name) for name in ("key", "priority", "countdown")}
        said = {name: value for name, value in options.items() if value is not None}
        return {"id": self._qctl.send(wanted.task, wanted.params, **said).id}

    def show(self, job_id: str) -> dict[str, Any]:
        """The state of a job."""
        return _shown(self._job(job_id))

    def cancel(self, job_id: str) -> dict[str, Any]:
        """Cancel a job: one that runs is told to stop."""
        self._job(job_id)
        return {"id": job_id, "answer": AsyncResult(job_id, self._qctl).revoke(reason="over HTTP")}

    def result(self, job_id: str) -> JSONResponse:
        """The value of a job that has succeeded; 202 until it has ended, 409 with the error if it did not succeed."""
        job = self._job(job_id)
        state = celery_state(job)
        if state not in READY_STATES:
            return JSONResponse(_shown(job), status_code=202)
        if state != "SUCCESS":
            return JSONResponse(_shown(job), status_code=409)
        return JSONResponse({**_shown(job), "result": value_view(self._qctl.client.value(job_id))})

    async def events(self, job_id: str) -> StreamingResponse:
        """The job's state as it changes, as server-sent events, until it has ended."""
        first = await run_in_threadpool(self._job, job_id)
        return StreamingResponse(self._follow(first), media_type="text/event-stream")

    async def _follow(self, job: Job) -> AsyncIterator[str]:
        said, quiet = "", 0.0
        while True:
            news = json.dumps(_shown(job))
            if news != said:
                yield f"event: state\ndata: {news}\n\n"
                said, quiet = news, 0.0
            if job.ended:
                return
            if quiet >= _QUIET:
                yield ": still there\n\n"
                quiet = 0.0
            await asyncio.sleep(_LOOK)
            quiet += _LOOK
            try:
                job = await run_in_threadpool(self._job, job.id)
            except QctlError as error:
                yield f"event: error\ndata: {json.dumps(body_of(error))}\n\n"
                return

    @property
    def _qctl(self) -> Qctl:
        return self._instance or current_instance()

    def _offers(self, task: str) -> bool:
        return any(fnmatchcase(task, pattern) for pattern in self._tasks)

    def _job(self, job_id: str) -> Job:
        """A job of a task that is offered. Raises NoSuchJob for any other one, too."""
        job = self._qctl.client.job(job_id)
        if not self._offers(job.call.task):
            raise NoSuchJob(id=job_id)
        return job


def _shown(job: Job) -> dict[str, Any]:
    """A job as it is told over HTTP. Whose worker ran it, and with which parameters, is nobody's business there."""
    error = job_view(job)["error"] if job.ended else None
    return {
        "id": job.id,
        "task": job.call.task,
        "state": celery_state(job),
        "outcome": job.outcome.value if job.outcome else None,
        "progress": {"fraction": job.progress, "text": job.progress_text},
        "info": info_of(job),
        "error": error and {name: error[name] for name in ("type", "message")},
    }


async def _answer(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, QctlError)
    status = status_of(error)
    headers = {"Retry-After": RETRY_AFTER} if status in (429, 503) else None
    return JSONResponse(body_of(error), status_code=status, headers=headers)
