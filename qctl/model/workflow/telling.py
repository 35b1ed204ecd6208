"""What the report of a workflow has beside a job's: how far it is, and its tree. Pure."""

from __future__ import annotations

from qctl.model.report import Steps
from qctl.model.workflow.outline import outline
from qctl.model.workflow.picture import picture
from qctl.model.workflow.standing import tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.model.job import Job
    from qctl.model.page import Page
    from qctl.model.workflow.outline import Workflow


def steps_of(flow: Workflow, page: Page, speaks: str, most: int | None = None) -> Steps:
    """Its jobs, in at most so many rows. `speaks` is the id of the one whose output is shown."""
    lines = picture(outline(flow.nodes, flow.plan), flow, page, most, "    ")
    return Steps(tally(flow).said, lines, speaks)


def steps_of_many(job: Job, speaks: str) -> Steps:
    """Of a workflow that has more jobs than are read for a notice."""
    return Steps(f"{job.failed_nodes:,} failed; too many to be told one by one: qctl show {job.id}", (), speaks)
