"""Whose output is that of a job: its own; that of a workflow is what its steps write."""

from __future__ import annotations

from collections import Counter

from qctl.client.workflows import failed_first
from qctl.model.call import Kind
from qctl.model.workflow.node_names import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Final

    from qctl.model.job import Job
    from qctl.store import Reading

_MOST: Final = 8  #: steps that are listened to at once


class Speakers:
    """Knows who speaks for the job that is looked at, look after look."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._job = ""
        self._open: tuple[str, ...] = ()  #: steps that have not been heard to their end
        self._tasks: dict[str, str] = {}  #: of all steps that were heard

    def of(self, job: Job, owned: Iterable[str]) -> Sequence[Job]:
        """The job itself; of a workflow those of its steps that run, `owned` being all jobs that do, and those that
        have ended since the last look. Of one that was over when it was first looked at, the step that failed, or else
        those that ended last. Raises QctlError.
        """
        if job.id != self._job:
            self._job, self._open, self._tasks = job.id, (), {}
            if job.call.kind is Kind.WORKFLOW and job.ended:
                self._open = self._last_of(job)
        if job.call.kind is not Kind.WORKFLOW:
            return (job,)
        running = [step for step in owned if (parts := parts_of(step)) is not None and parts[0] == job.id]
        wanted = list(dict.fromkeys((*self._open, *sorted(running))))[:_MOST]
        steps = self._reading.jobs(wanted) if wanted else []
        self._open = tuple(step.id for step in steps if not step.ended)
        self._tasks |= {step.id: step.call.task for step in steps}
        return steps

    @property
    def names(self) -> Mapping[str, str]:
        """What stands before the lines of each step: its task, with its place where several have that task."""
        counts = Counter(self._tasks.values())
        return {
            step: task if counts[task] == 1 else f"{task}.{step.partition('.')[2]}"
            for step, task in self._tasks.items()
        }

    def _last_of(self, job: Job) -> tuple[str, ...]:
        state = self._reading.workflow(job.id)
        if state is None:
            return ()
        if (failed := failed_first(state)) is not None:
            return (state.jobs[failed].id,)
        ended = sorted((step for step in state.jobs.values() if step.attempt), key=lambda step: step.ended_ms or 0)
        return tuple(step.id for step in ended[-_MOST:])
