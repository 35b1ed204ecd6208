"""The same workflow once more, under another id: from its stored plan, so that nothing that was asked for gets lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from qctl.model.call import Call
from qctl.model.submission import Submission
from qctl.model.workflow.outline import Workflow, call_of, heads_of, main_names
from qctl.model.workflow.plan import ADDED_FROM, GroupTerms, Node, Plan, WorkflowSubmission, node_id, parts_of


def has_secrets(workflow: Workflow) -> bool:
    """Whether it, or a step of it, was given secrets, which have gone with its end."""
    calls = [workflow.job.call, *(call_of(node) for node in workflow.nodes.values() if node.job is not None)]
    return any(call.secrets for call in calls)


def copied(workflow: Workflow, copy_id: str, by: str) -> WorkflowSubmission:
    """A submission of the same plan. Members that its jobs added while they ran are left out: they will again."""
    kept = {name: node for name, node in workflow.nodes.items() if _is_planned(name, workflow.plan)}
    heads = heads_of(kept)
    places = _places(kept, heads)
    nodes = [_copy_of(replace(node, position=places.get(name, 0)), heads, copy_id, by) for name, node in kept.items()]
    job = workflow.job
    call = replace(job.call, by=by, key=None, after=(), parent_id=None, schedule=None, scheduled_for=None)
    plan = replace(workflow.plan, nodes=tuple(nodes), main=len(main_names(kept, workflow.plan)))
    return WorkflowSubmission(
        id=copy_id, task=call.task, body=call.encode(), queue=job.queue, priority=job.priority, plan=plan
    )


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


def _is_planned(name: str, plan: Plan) -> bool:
    """Whether a node was submitted: others were added by jobs, or are copies of what runs at each error."""
    number = name.removeprefix("g")
    return int(number) < ADDED_FROM if number.isdecimal() else name in (*plan.on_error, *plan.on_success)


def _copy_of(node: Node, heads: Mapping[str, tuple[str, ...]], copy_id: str, by: str) -> Node:
    if node.group is not None:
        terms: GroupTerms = replace(node.group, heads=heads[node.name], open=False)
        return replace(node, group=terms)
    return replace(node, job=node.job and _job(node.job, call_of(node), node_id(copy_id, node.name), copy_id, by))


def _job(job: Submission, call: Call, job_id: str, copy_id: str, by: str) -> Submission:
    before = parts_of(call.parent_id or "")
    parent = None if before is None else node_id(copy_id, before[1])
    call = replace(call, workflow_id=copy_id, parent_id=parent, by=by)
    return replace(job, id=job_id, body=call.encode())
