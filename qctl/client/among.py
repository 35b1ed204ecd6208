"""Workflows among jobs: what a listing tells of them, and no more is imported for it than that takes."""

from __future__ import annotations

from qctl.model.call import Kind
from qctl.model.workflow.node_names import parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.model.job import Job
    from qctl.model.workflow.standing import Progress
    from qctl.store import Reading
    from qctl.store.workflow_values import WorkflowState


def workflows_among(reading: Reading, jobs: Sequence[Job], most: int) -> dict[str, WorkflowState]:
    """How the first workflows among jobs stand, by id: at most so many are read."""
    found = {}
    for job in [job for job in jobs if job.call.kind is Kind.WORKFLOW][:most]:
        if (state := reading.workflow(job.id)) is not None:
            found[job.id] = state
    return found


def progress_among(reading: Reading, jobs: Sequence[Job]) -> dict[str, Progress]:
    """How far the workflows among jobs are that have not ended, by id."""
    return reading.progress([job.id for job in jobs if job.call.kind is Kind.WORKFLOW and not job.ended])


def belongs_to(job_id: str) -> str | None:
    """The workflow of which an id is a part; None for a job of its own."""
    parts = parts_of(job_id)
    return parts[0] if parts else None
