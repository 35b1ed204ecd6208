"""A workflow as the report of its end tells it: read in the same call as what else stands there."""

from __future__ import annotations

from qctl.store.record import read_job_if_sound
from qctl.store.replies import text
from qctl.store.workflow_order import in_declared_order
from qctl.store.workflow_values import WorkflowState
from qctl.store.workflow_words import read_numbers, read_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from qctl.model.job import Job


def told_workflow(job: Job, terms: bytes, rows: Sequence[Any]) -> WorkflowState | None:
    """How a workflow stands, from the rows of `surroundings.lua`.

    None if some of its nodes are left out of these, or its plan cannot be read.
    """
    names = list(map(text, rows[::4]))
    jobs, groups = read_numbers(terms)
    if sum(name.isdecimal() or name.startswith("g") for name in names) < jobs + groups:
        return None
    nodes = in_declared_order(names, rows[1::4])
    plan = read_plan(terms, nodes.values())
    if plan is None:
        return None
    found = {
        name: read_job_if_sound(f"{job.id}.{name}", form) for name, form in zip(names, rows[3::4], strict=True) if form
    }
    return WorkflowState(
        job=job,
        plan=plan,
        nodes=nodes,
        fates={name: text(fate).partition(" ")[0] for name, fate in zip(names, rows[2::4], strict=True) if fate},
        jobs={name: one for name, one in found.items() if one is not None},
    )
