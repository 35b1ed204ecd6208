"""Submitting a composition: the one way from a signature to a handle, in a program and inside a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qctl.client.submitting import Receipt
from qctl.config.lone import is_lone
from qctl.config.options import Options, Request
from qctl.model.call import PIPELINE
from qctl.model.workflow.plan import Plan
from qctl.model.workflow.tree import Chain, Step, Tree
from qctl.python.call_options import request_options
from qctl.python.feeding import feed
from qctl.python.instance import Qctl
from qctl.python.results import AsyncResult, GroupResult, handle_of
from qctl.python.shape import shape_from

Result = AsyncResult | GroupResult


def submit(
    tree: Tree, options: Mapping[str, Any], instance: Qctl, batches: Iterator[Sequence[Tree]] | None = None
) -> Result | None:
    """Submit a composition with the options of its call. None if there is nothing to do: an empty chain.

    `batches` are further members for its first group, which is open. The handle is that of its last node: of a lone
    task its job's, of a group a GroupResult. Raises TypeError for what a lone job cannot be told.
    """
    if isinstance(tree, Chain) and not tree.elements:
        return None
    if is_lone(tree) and options.get("ignore_result"):
        raise TypeError(
            "apply_async(): a job alone keeps its value: ignore_result is the task's, @task(ignore_result=True)"
        )
    name = tree.task if isinstance(tree, Step) else PIPELINE
    request = Request(task=name, tree=tree, options=Options(**request_options(options, instance.zone)))
    if batches is not None:
        return _handle(feed(instance, request, batches), instance, partial=True)
    first, *others = instance.submit([request])
    if others:  # the task runs on each of several hosts
        return GroupResult(first.id, [AsyncResult(one.id, instance) for one in (first, *others)], instance)
    return AsyncResult(first.id, instance) if is_lone(tree) else _handle(first, instance)


def _handle(receipt: Receipt, instance: Qctl, *, partial: bool = False) -> Result:
    """The handle of a workflow's last node; `partial`: members were added that its plan does not know.

    Where its key belonged to another job, it is that job's, whatever it is.
    """
    plan = receipt.plan
    if plan is None:
        held = None if instance.inner is not None else instance.asked.reading.workflow(receipt.id)
        return AsyncResult(receipt.id, instance) if held is None else _of_plan(receipt.id, held.plan, instance)
    return _of_plan(receipt.id, plan, instance, partial=partial)


def _of_plan(workflow: str, plan: Plan, instance: Qctl, *, partial: bool = False) -> Result:
    if not plan.last:
        return AsyncResult(workflow, instance)
    last = handle_of(plan.last, shape_from(workflow, plan.nodes, plan.last), instance)
    return type(last)(last.id, instance=instance) if partial else last
