"""Answers handles about jobs that run in this process, in the words in which a client answers them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from qctl.client import LogPiece, Receipt
from qctl.clock import monotonic
from qctl.config.requests import Request
from qctl.errors import QctlError, WaitTimeout
from qctl.model.attempt import Value
from qctl.model.job import Job
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.inputs import Input, Source
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.python.inline.book import Book, Entry, Flow
from qctl.python.inline.room import Room
from qctl.store.taken import Cancelled
from qctl.store.workflow_values import Fate, WorkflowState

T = TypeVar("T")


class NothingRuns(QctlError):
    """{ids} has not run: jobs are only recorded here"""

    help = "qctl_recorded.run_recorded() runs what was recorded"


class BrokenOff(QctlError):
    """{ids} will never run: {why} went through a job that came before, and ended all of them"""

    help = "submit it again; what has to run in any case is submitted apart from what may be broken off"


class Reading:
    """What may be read. As `qctl.store.Reading`, as far as handles ask."""

    def __init__(self, room: Room) -> None:
        self._book = room.book

    def job(self, job_id: str) -> Job:
        """Read a job. Raises NoSuchJob."""
        return self._book.entry(job_id).job

    def jobs(self, ids: Sequence[str]) -> list[Job]:
        """Read jobs. Raises NoSuchJob."""
        return self._book.jobs(ids)

    def value(self, job_id: str) -> Value | None:
        """The value that a job left."""
        return self._book.entry(job_id).value

    def values(self, ids: Sequence[str]) -> list[Input]:
        """The values that jobs left."""
        return [self.value(one) for one in ids]

    def workflow(self, job_id: str) -> WorkflowState | None:
        """How a workflow stands; None for a job that is none."""
        entry = self._book.get(job_id)
        if entry is None or not isinstance(entry.submission, WorkflowSubmission):
            return None
        if entry.flow is None:
            return _not_begun(entry, entry.submission, self._book)
        walk = entry.flow.walk
        return WorkflowState(
            job=entry.job,
            plan=walk.plan,
            nodes=dict(walk.nodes),
            fates={name: str(fate.outcome) for name, fate in walk.fates.items()},
            jobs=self._book.nodes(entry.flow),
        )

    def fate(self, workflow_id: str, name: str) -> Fate:
        """How a node has ended, and of a group how many members there are."""
        if self._book.entry(workflow_id).flow is None:
            return Fate(None, None)
        walk = self._flow(workflow_id).walk
        fate, node = walk.fates.get(name), walk.nodes[name]
        return Fate(str(fate.outcome) if fate else None, None if node.group is None else len(node.group.heads))

    def input(self, workflow_id: str, source: Source) -> Input:
        """What a source of a workflow stands for."""
        return self._flow(workflow_id).receiving.input(source)

    def _flow(self, workflow_id: str) -> Flow:
        flow = self._book.entry(workflow_id).flow
        if flow is None:
            raise NothingRuns(ids=workflow_id)
        return flow


class Desk:
    """As `qctl.client.Client`, as far as handles and instances ask."""

    def __init__(self, room: Room) -> None:
        self._room, self._book = room, room.book
        self.reading = Reading(room)
        self.knows_every_task = True  #: all tasks are those of the file and of this process

    def submit(self, requests: Iterable[Request], *, strict: bool = True) -> list[Receipt]:
        """Take jobs and workflows, and run them. Raises as `Client.submit`."""
        return self._room.submit(requests, strict=strict)

    def job(self, job_id: str) -> Job:
        """Read a job. Raises NoSuchJob."""
        return self.reading.job(job_id)

    def value(self, job_id: str) -> Value | None:
        """The value that a job left."""
        return self.reading.value(job_id)

    def wait(self, ids: Sequence[str], timeout: float | None = None, *, any_one: bool = False) -> list[Job]:
        """The jobs, which have ended. Raises NothingRuns for those that were only recorded, and BrokenOff.

        Where another thread runs jobs, it is waited for: WaitTimeout after `timeout` seconds, InsideAJob.
        """
        end = any if any_one else all

        def ended() -> bool:
            return end(job.ended for job in self._book.jobs(ids))

        if self._room.runs and not self._room.turns.wait(ended, math.inf if timeout is None else timeout):
            raise self.given_up(" ".join(ids), f"{round(timeout or 0, 2):g}s", ())
        if not ended():
            raise self._unrun(ids)
        return self._book.jobs(ids)

    def watch(self, ids: Sequence[str], look: float = 1.0, deadline: float = math.inf) -> Iterator[list[Job]]:
        """The jobs as they are, and as they are once they have ended, as `wait`."""
        yield from self.observe(lambda: self._book.jobs(ids), ids, look, deadline)

    def observe(
        self, look_at: Callable[[], T], ids: Sequence[str], look: float = 1.0, deadline: float = math.inf
    ) -> Iterator[T]:
        """What is looked at, as it is, and once more when the jobs have ended. Raises as `wait`."""
        del look
        yield look_at()
        self.wait(ids, None if deadline == math.inf else max(0.0, deadline - monotonic()))
        yield look_at()
        raise AssertionError("what has ended is asked for again")

    def given_up(self, what: str, seconds: str, jobs: Sequence[Job]) -> WaitTimeout:
        """The error of who has waited for what another thread runs."""
        del jobs
        return WaitTimeout(id=what, seconds=seconds)

    def logs(self, job_id: str) -> list[LogPiece]:
        """What a job has written: of a Python task its traceback, for what it prints goes to this process."""
        return list(self._book.entry(job_id).log)

    def follow(self, job_id: str) -> Iterator[LogPiece]:
        """The same."""
        return iter(self.logs(job_id))

    def cancel(self, ids: Sequence[str], reason: str = "", by: str = "") -> list[Cancelled]:
        """Cancel what has not run. Answers for each OK, ENDED or UNKNOWN."""
        return [self._cancel(self._book.get(one), reason, by) for one in ids]

    def remove(self, ids: Sequence[str]) -> list[str]:
        """Nothing is removed: a test may still ask."""
        return ["OK"] * len(ids)

    def _unrun(self, ids: Sequence[str]) -> QctlError:
        """Why some of these have not ended, and will not."""
        left = [entry for entry in map(self._book.entry, ids) if not entry.job.ended]
        named = " ".join(entry.id for entry in left)
        why = next((entry.broken_off for entry in left if entry.broken_off), "")
        return BrokenOff(ids=named, why=why) if why else NothingRuns(ids=named)

    def _cancel(self, entry: Entry | None, reason: str, by: str) -> Cancelled:
        if entry is None:
            return Cancelled("UNKNOWN", None)
        if entry.job.ended:
            return Cancelled("ENDED", None)
        entry.end(Outcome.CANCELLED, Reason.BY_USER)
        entry.change(cancel_reason=reason or None, cancelled_by=by or None)
        if isinstance(entry.submission, WorkflowSubmission):
            for step in _not_begun(entry, entry.submission, self._book).jobs.values():
                self._cancel(self._book.get(step.id), reason, by)
        return Cancelled("OK", None)


def _not_begun(entry: Entry, submission: WorkflowSubmission, book: Book) -> WorkflowState:
    """A workflow of which nothing has run."""
    nodes = {node.name: node for node in submission.plan.nodes}
    jobs = {name: book.entry(node_id(entry.id, name)).job for name, node in nodes.items() if node.job is not None}
    return WorkflowState(job=entry.job, plan=submission.plan, nodes=nodes, fates={}, jobs=jobs)
