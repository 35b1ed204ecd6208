"""The same workflow once more, under another id: from its stored plan, so that nothing that was asked for gets lost."""

from __future__ import annotations

from qctl.classes import replace
from qctl.model.workflow.node_names import node_id, parts_of
from qctl.model.workflow.outline import call_of, heads_of, main_names
from qctl.model.workflow.plan import ADDED_FROM, WorkflowSubmission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qctl.model.call import Call
    from qctl.model.job import Job
    from qctl.model.submission import Submission
    from qctl.model.workflow.plan import Node, Plan


def copy_of(job: Job, plan: Plan, workflow_id: str, by: str) -> WorkflowSubmission:
    """The same under another id, asked for by `by`, to start at once: no key, no schedule, nothing that it waits for.

    Members that were fed to it are members from the start; those that its jobs added while they ran are left out, for
    the copies of these jobs add them again. Secret values are not there: see `secrets_of`.
    """
    kept = {node.name: node for node in plan.nodes if _is_declared(node.name)}
    heads = heads_of(kept)
    places = _places(kept, heads)
    nodes = [
        _copied(replace(node, position=places.get(name, 0)), heads, workflow_id, by) for name, node in kept.items()
    ]
    call = replace(job.call, by=by, key=None, after=(), parent_id=None, schedule=None, scheduled_for=None)
    return WorkflowSubmission(
        id=workflow_id,
        task=call.task,
        body=replace(call, workflow_id=None).encode(),
        queue=job.queue,
        priority=job.priority,
        plan=replace(plan, nodes=tuple(nodes), main=len(main_names(kept, plan))),
    )


def secrets_of(plan: Plan) -> tuple[str, ...]:
    """The parameters of a workflow's steps whose values are kept apart, and end with it."""
    calls = [call_of(node) for node in plan.nodes if node.job is not None and _is_declared(node.name)]
    return tuple(dict.fromkeys(name for call in calls for name in call.secrets))


def _places(nodes: Mapping[str, Node], heads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """By node of a group's member the position of that member, with no gap where others were left out."""
    found = {}
    for firsts in heads.values():
        for place, first in enumerate(firsts):
            at: str | None = first
            while at is not None and at in nodes:
                found[at] = place
                at = nodes[at].next
    return found


def _is_declared(name: str) -> bool:
    """Whether a node was submitted: others were added by jobs, or are copies of what runs once for each failed job."""
    number = name.removeprefix("g")
    return int(number) < ADDED_FROM if number.isdecimal() else "-" not in name


def _copied(node: Node, heads: Mapping[str, tuple[str, ...]], workflow_id: str, by: str) -> Node:
    group = None if node.group is None else replace(node.group, heads=heads[node.name], open=False)
    job = node.job and _job(node.job, call_of(node), node_id(workflow_id, node.name), workflow_id, by)
    return replace(node, group=group, job=job)


def _job(job: Submission, call: Call, job_id: str, workflow_id: str, by: str) -> Submission:
    before = parts_of(call.parent_id or "")
    parent = None if before is None else node_id(workflow_id, before[1])
    call = replace(call, workflow_id=workflow_id, parent_id=parent, by=by)
    return replace(job, id=job_id, body=call.encode())
