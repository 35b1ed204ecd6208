"""A job in the hand of a Python program: its state, its end, its value, its output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from qctl.errors import NotPermitted, QctlError
from qctl.model.exit_codes import exit_code_of
from qctl.model.job import Job
from qctl.model.state import Outcome, State
from qctl.model.view import cancelled_words, job_view, python_value, upstream_words

if TYPE_CHECKING:
    from qctl.client.asking import Client
    from qctl.client.following import LogPiece


class JobFailed(QctlError):
    """job {id} ({task}) ended as {outcome}: {why}"""

    help = "qctl show {id}"

    @property
    def type(self) -> str:
        """The name of the exception's class, as the job's worker knew it; of what raised none the reason, in a word."""
        return str(self.facts.get("type") or "")

    @property
    def message(self) -> str:
        """The exception's text."""
        return str(self.facts.get("text") or "")

    @property
    def traceback(self) -> str | None:
        """The exception's traceback, as text; None if there is none, or its output is not kept any more."""
        found = self.facts.get("traceback")
        return None if found is None else str(found)

    def is_a(self, name: str) -> bool:
        """Whether it was an exception of this class: `error.is_a("ConnectionError")`, with its module or without.

        Exceptions travel as texts: no class is looked up by its name, and none is imported.
        """
        return name in (self.type, self.type.rpartition(".")[2])


class JobHandle:
    """One job, by its id. Every property asks the store anew."""

    def __init__(self, job_id: str, opened: Callable[[], Client] | None) -> None:
        self.id = job_id
        self._opened = opened  #: answers the client of the thread that asks

    @property
    def _client(self) -> Client:
        if self._opened is None:
            raise NotPermitted("a job may submit jobs, and not ask what becomes of them")
        return self._opened()

    def __repr__(self) -> str:
        return f"<qctl job {self.id}>"

    def __qctl_json__(self) -> str:
        return self.id

    def refresh(self) -> Job:
        """Read the job as it is now. Raises NoSuchJob."""
        return self._client.job(self.id)

    @property
    def state(self) -> State:
        return self.refresh().state

    @property
    def outcome(self) -> Outcome | None:
        """How the job ended; None while it has not."""
        return self.refresh().outcome

    @property
    def progress(self) -> tuple[float | None, str | None]:
        """How far the job says it is: a fraction from 0 to 1, and a text."""
        job = self.refresh()
        return job.progress, job.progress_text

    def wait(self, timeout: float | None = None) -> Job:
        """Wait until the job has ended, however it does. Raises WaitTimeout after `timeout` seconds."""
        return self._client.wait([self.id], timeout)[0]

    def get(self, timeout: float | None = None) -> Any:
        """Wait for the job and answer its value.

        Raises JobFailed if it did not succeed, WaitTimeout after `timeout` seconds.
        """
        job = self.wait(timeout)
        if job.outcome is not Outcome.SUCCEEDED:
            raise JobFailed(id=job.id, task=job.call.task, outcome=job.outcome, why=why(job))
        return python_value(self._client.value(self.id))

    def cancel(self, reason: str = "") -> str:
        """Cancel the job. Answers OK if it never runs, RUNNING if its worker was told, ENDED if it was too late."""
        return self._client.cancel([self.id], reason=reason)[0].answer

    def logs(self) -> bytes:
        """All that the job has written so far, on both streams, in all its attempts."""
        return b"".join(piece.chunk.data for piece in self._client.logs(self.id) if piece.chunk.stream in "oe")

    def follow(self) -> Iterator[LogPiece]:
        """The job's output as it comes, until the job has ended."""
        return self._client.follow(self.id)

    def as_dict(self) -> dict[str, Any]:
        """The job as `qctl.job/1`."""
        job = self.refresh()
        return job_view(job, self._client.value(self.id) if job.value_kind else None)


def why(job: Job) -> str:
    """Why a job ended as it did, in a few words."""
    last = job.last
    if job.upstream:
        return upstream_words(job)
    if job.outcome is Outcome.CANCELLED and (said := cancelled_words(job)):
        return said
    if last is not None and last.error_type:
        return f"{last.error_type}: {last.error_message}" if last.error_message else last.error_type
    return f"exit {exit_code_of(job)}" if job.reason is None else job.reason.value.replace("_", " ")
