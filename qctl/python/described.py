"""What a handle tells of its job beside its state: which call it was, how far it is, what it has left."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from typing import Any

from qctl.model.job import Job
from qctl.model.state import Outcome
from qctl.python import states
from qctl.python.asked import Asked


class Described:
    """A job that can be looked at. Every property asks the store anew."""

    id: str

    @property
    @abstractmethod
    def job(self) -> Job:
        """The job as it is now."""

    @property
    @abstractmethod
    def _client(self) -> Asked: ...

    @property
    def outcome(self) -> Outcome | None:
        """How it ended, in qctl's words; None while it has not."""
        return self.job.outcome

    @property
    def traceback(self) -> str | None:
        """The text of the traceback that the last attempt left, as far as its output was kept."""
        return states.traceback_of(self.job, self._client)

    @property
    def date_done(self) -> datetime | None:
        """When it ended, in UTC."""
        ended = self.job.ended_ms
        return None if ended is None else datetime.fromtimestamp(ended / 1000, UTC)

    @property
    def name(self) -> str:
        """The task's name."""
        return self.job.call.task

    @property
    def args(self) -> tuple[Any, ...]:
        """Values given by place, as far as they had no parameter yet when it was submitted."""
        call = self.job.call
        return (*call.args, *call.positional)

    @property
    def kwargs(self) -> dict[str, Any]:
        """The parameters, of a secret one `***`."""
        return self.job.call.shown_params

    @property
    def retries(self) -> int:
        """How many attempts have failed so far and were followed by another."""
        job = self.job
        return max(0, job.attempt - 1)

    @property
    def queue(self) -> str:
        return self.job.queue

    @property
    def worker(self) -> str | None:
        """The label of the worker that runs it, or ran it last."""
        return self.job.worker

    @property
    def progress(self) -> tuple[float | None, str | None]:
        """How far the job says it is: a fraction from 0 to 1, and a text."""
        job = self.job
        return job.progress, job.progress_text

    def logs(self) -> bytes:
        """All that the job has written so far, on both streams, in all its attempts."""
        return b"".join(piece.chunk.data for piece in self._client.logs(self.id) if piece.chunk.stream in "oe")
