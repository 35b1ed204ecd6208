"""A workflow once more, from its plan as it was kept: the text of a composition does not say all of it."""

from __future__ import annotations

from dataclasses import replace

from qctl.model.call import Call
from qctl.model.job import Job
from qctl.model.submission import Submission
from qctl.model.workflow.plan import Node, Plan, WorkflowSubmission, node_id


def copy_of(job: Job, plan: Plan, workflow_id: str, by: str) -> WorkflowSubmission:
    """The same under another id, asked for by `by`, to start at once: no key, no schedule, nothing that it waits for.

    Members that were added while it ran are members from the start. Secret values are not there: see `secrets_of`.
    """
    alone = replace(job.call, by=by, after=(), key=None, schedule=None, scheduled_for=None, parent_id=None)
    nodes = tuple(_copied(node, job.id, workflow_id, by) for node in _declared(plan))
    return WorkflowSubmission(
        id=workflow_id,
        task=job.call.task,
        body=replace(alone, workflow_id=None).encode(),
        queue=job.queue,
        priority=job.priority,
        plan=replace(plan, nodes=nodes),
    )


def secrets_of(plan: Plan) -> tuple[str, ...]:
    """The parameters of a workflow's steps whose values are kept apart, and end with it."""
    calls = [Call.decode(node.job.body) for node in _declared(plan) if node.job is not None]
    return tuple(dict.fromkeys(name for call in calls for name in call.secrets))


def _declared(plan: Plan) -> list[Node]:
    """The nodes without the further copies of what runs once for each failed job."""
    return [node for node in plan.nodes if "-" not in node.name]


def _copied(node: Node, old: str, new: str, by: str) -> Node:
    group = None if node.group is None else replace(node.group, open=False)
    return replace(node, group=group, job=None if node.job is None else _job(node.job, node.name, old, new, by))


def _job(job: Submission, name: str, old: str, new: str, by: str) -> Submission:
    call = Call.decode(job.body)
    parent = call.parent_id
    if parent is not None and parent.startswith(f"{old}."):
        parent = node_id(new, parent.removeprefix(f"{old}."))
    body = replace(call, by=by, workflow_id=new, parent_id=parent).encode()
    return replace(job, id=node_id(new, name), body=body)
