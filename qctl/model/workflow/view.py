"""The JSON contract of a workflow's parts: `qctl.workflow/1`. Fields are only ever added; what is absent is null."""

from __future__ import annotations

from qctl.model.state import State
from qctl.model.view import job_view
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.outline import call_of, heads_of
from qctl.model.workflow.standing import tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.model.job import Job
    from qctl.model.workflow.outline import Workflow
    from qctl.model.workflow.plan import Node

SCHEMA: Final = "qctl.workflow/1"


def workflow_view(workflow: Workflow) -> dict[str, Any]:
    """How a workflow is composed, how far it is, and each node of it, in declared order.

    What has not been submitted has no ids.
    """
    counted, heads = tally(workflow), heads_of(workflow.nodes)
    return {
        "schema": SCHEMA,
        "id": workflow.job.id or None,
        "text": workflow.plan.text or None,
        "timeout_s": None if workflow.plan.timeout_ms is None else workflow.plan.timeout_ms / 1000,
        "jobs": counted.total,
        "done": counted.done,
        "running": counted.running,
        "failed": counted.failed,
        "cancelled": counted.cancelled,
        "skipped": counted.skipped,
        "not_run": counted.overtaken,
        "open": counted.open,
        "nodes": [_node(node, workflow, heads.get(node.name, ())) for node in workflow.nodes.values()],
    }


def workflow_job_view(workflow: Workflow, value: Any = None) -> dict[str, Any]:
    """The workflow as `qctl.job/1`, with the ids of its jobs as `children` and its parts in `workflow`.

    `value` is a Value that it left.
    """
    children = [node_id(workflow.job.id, node.name) for node in workflow.nodes.values() if node.job is not None]
    return job_view(workflow.job, value, children=children, workflow=workflow_view(workflow))


def _node(node: Node, workflow: Workflow, heads: tuple[str, ...]) -> dict[str, Any]:
    job, group = workflow.jobs.get(node.name), node.group
    call = call_of(node) if node.job is not None else None
    return {
        "name": node.name,
        "kind": "group" if group else "job",
        "id": node_id(workflow.job.id, node.name) if node.job is not None and workflow.job.id else None,
        "task": call.task if call else None,
        "params": call.shown_params if call else None,
        "args": [*call.positional, *call.args] if call else None,
        "queue": node.job.queue if node.job else None,
        "after": node.previous,
        "next": node.next,
        "within": node.within,
        "position": node.position if node.within else None,
        "takes_input": node.takes_input,
        "tolerant": node.tolerant,
        "handler": node.handler,
        "links": list(node.links),
        "error_links": list(node.error_links),
        "members": list(heads) if group else None,
        "policy": group.policy.value if group else None,
        "fail_fast": group.fail_fast if group else None,
        "max_parallel": group.max_parallel if group else None,
        "max_fail": group.max_fail if group else None,
        "open": group.open if group else None,
        "state": _state(node, job, workflow),
        "outcome": workflow.fates.get(node.name),
        "upstream": job.upstream if job else None,
    }


def _state(node: Node, job: Job | None, workflow: Workflow) -> str:
    """A job's state; that of a group, or of a job that has not been released, by its fate."""
    if node.name in workflow.fates:
        return State.ENDED.value
    return job.state.value if job is not None else State.WAITING.value
