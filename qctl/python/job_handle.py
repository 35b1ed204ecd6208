"""A job that was submitted by its task's name: its state, its end, its value, its output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from qctl.client import LogPiece
from qctl.errors import NotPermitted
from qctl.model.job import Job
from qctl.model.state import Outcome, State
from qctl.model.view import job_view, python_value
from qctl.python import states
from qctl.python.asked import Asked
from qctl.python.described import Described


class JobHandle(Described):
    """One job, by its id. Every property asks the store anew."""

    def __init__(self, job_id: str, opened: Callable[[], Asked] | None) -> None:
        self.id = job_id
        self._opened = opened  #: answers the client of the thread that asks

    @property
    def _client(self) -> Asked:
        if self._opened is None:
            raise NotPermitted("a job may submit jobs, and not ask what becomes of them")
        return self._opened()

    def __repr__(self) -> str:
        return f"<qctl job {self.id}>"

    def __qctl_json__(self) -> str:
        return self.id

    @property
    def job(self) -> Job:
        return self._client.job(self.id)

    def refresh(self) -> Job:
        """Read the job as it is now. Raises NoSuchJob."""
        return self.job

    @property
    def state(self) -> State:
        return self.refresh().state

    def wait(self, timeout: float | None = None) -> Job:
        """Wait until the job has ended, however it does. Raises WaitTimeout after `timeout` seconds."""
        return self._client.wait([self.id], timeout)[0]

    def get(self, timeout: float | None = None) -> Any:
        """Wait for the job and answer its value.

        Raises JobFailed, of the job before it that failed if this one was skipped; WaitTimeout after `timeout` seconds.
        """
        job = self.wait(timeout)
        if job.outcome is not Outcome.SUCCEEDED:
            raise states.failure_of(job, self._client)
        return python_value(self._client.value(self.id))

    def cancel(self, reason: str = "") -> str:
        """Cancel the job. Answers OK if it never runs, RUNNING if its worker was told, ENDED if it was too late."""
        return self._client.cancel([self.id], reason=reason)[0].answer

    def follow(self) -> Iterator[LogPiece]:
        """The job's output as it comes, until the job has ended."""
        return self._client.follow(self.id)

    def as_dict(self) -> dict[str, Any]:
        """The job as `qctl.job/1`."""
        job = self.refresh()
        return job_view(job, self._client.value(self.id) if job.value_kind else None)
