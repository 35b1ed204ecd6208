"""Submitting a composition: the one way from a signature to a handle, in a program and inside a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qctl.client.asking import knows_every_task
from qctl.client.workflows import open_group
from qctl.config.lone import is_lone
from qctl.config.options import Options, Request
from qctl.model.call import PIPELINE
from qctl.model.workflow.plan import node_id
from qctl.model.workflow.tree import Chain, Step, Tree
from qctl.python.call_options import request_options
from qctl.python.instance import Qctl
from qctl.python.results import AsyncResult, GroupResult, handle_of
from qctl.python.shape import shape_of

Result = AsyncResult | GroupResult


def submit(
    tree: Tree, options: Mapping[str, Any], instance: Qctl, batches: Iterator[Sequence[Tree]] | None = None
) -> Result | None:
    """Submit a composition with the options of its call. None if there is nothing to do: an empty chain.

    `batches` are further members for its first group, which is open. The handle is that of its last node: of a lone
    task its job's, of a group a GroupResult.
    """
    if isinstance(tree, Chain) and not tree.elements:
        return None
    name = tree.task if isinstance(tree, Step) else PIPELINE
    request = Request(task=name, tree=tree, options=Options(**request_options(options, instance.zone)))
    if batches is not None:
        shape = shape_of(_feed(instance, request, batches), tree)
        made = GroupResult if shape.nodes[shape.last].group is not None else AsyncResult
        return made(node_id(shape.workflow, shape.last), instance=instance)
    (receipt,) = instance.submit([request])
    if is_lone(tree):
        return AsyncResult(receipt.id, instance)
    shape = shape_of(receipt.id, tree)
    return handle_of(shape.last, shape, instance)


def _feed(instance: Qctl, request: Request, batches: Iterator[Sequence[Tree]]) -> str:
    """Submit a workflow with an open group and add its other members as they are made. Answers the workflow's id.

    What interrupts it cancels the workflow: half of a group is not what was asked for.
    """
    client = instance.client
    receipt, group = open_group(client, request, strict=knows_every_task(client))
    try:
        for batch in batches:
            group.add(batch)
        group.seal()
    except BaseException:
        client.cancel([receipt.id], reason="its members could not all be made")
        raise
    return receipt.id
