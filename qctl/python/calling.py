"""Submitting a composition: the one way from a signature to a handle, in a program and inside a job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, Protocol

from qctl.client.asking import knows_every_task
from qctl.client.workflows import open_group
from qctl.config.lone import is_lone
from qctl.config.options import Options, Request
from qctl.model.call import PIPELINE
from qctl.model.workflow.plan import MOST_NODES_AT_ONCE, node_id
from qctl.model.workflow.tree import Chain, Step, Tree
from qctl.python.call_options import request_options
from qctl.python.instance import Qctl, current_instance
from qctl.python.results import AsyncResult, GroupResult, handle_of
from qctl.python.shape import shape_of

Result = AsyncResult | GroupResult


class Composed(Protocol):
    """What can be submitted."""

    links: Sequence[Composed]
    error_links: Sequence[Composed]

    def tree(self, zone: tzinfo) -> Tree:
        """The values that are submitted."""

    def inner(self) -> Sequence[Composed]:
        """What it is composed of."""

    def read(self, most: int | None = None) -> int:
        """Take members from an iterator, where there is one."""

    def batches(self, zone: tzinfo, most: int) -> Iterator[Sequence[Tree]]:
        """The members that are still to be read."""

    @property
    def is_open(self) -> bool:
        """Whether there may be more to read."""

    @property
    def is_group(self) -> bool:
        """Whether its members stand side by side."""


def submit(composed: Composed, options: Mapping[str, Any], instance: Qctl | None = None) -> Result | None:
    """Submit a composition with the options of its call. None if there is nothing to do: an empty chain.

    The handle is that of its last node: of a lone task its job's, of a group a GroupResult.
    """
    qctl = instance or current_instance()
    zone = qctl.zone
    fed = None if qctl.inner is not None else _long_group(composed)
    read_all(composed, but=fed)
    tree = composed.tree(zone)
    if isinstance(tree, Chain) and not tree.elements:
        return None
    name = tree.task if isinstance(tree, Step) else PIPELINE
    request = Request(task=name, tree=tree, options=Options(**request_options(options, zone)))
    if fed is not None:
        shape = shape_of(_feed(qctl, request, fed.batches(zone, MOST_NODES_AT_ONCE)), tree)
        made = GroupResult if shape.nodes[shape.last].group is not None else AsyncResult
        return made(node_id(shape.workflow, shape.last), instance=qctl)
    (receipt,) = qctl.submit([request])
    if is_lone(tree):
        return AsyncResult(receipt.id, qctl)
    shape = shape_of(receipt.id, tree)
    return handle_of(shape.last, shape, qctl)


def read_all(composed: Composed, but: Composed | None = None) -> None:
    """Take all members from the iterators of a composition, `but` those of one group."""
    if composed is not but:
        composed.read()
    for part in (*composed.inner(), *composed.links, *composed.error_links):
        read_all(part, but)


def _long_group(composed: Composed) -> Composed | None:
    """The first group, if it is made of an iterator with more members than are sent at once; those are taken then."""
    first = _first_group(composed)
    if first is None or not first.is_open:
        return None
    first.read(MOST_NODES_AT_ONCE)
    return first if first.is_open else None


def _first_group(composed: Composed) -> Composed | None:
    if composed.is_group:
        return composed
    return next((found for part in composed.inner() if (found := _first_group(part)) is not None), None)


def _feed(qctl: Qctl, request: Request, batches: Iterator[Sequence[Tree]]) -> str:
    """Submit a workflow with an open group and add its other members as they are made. Answers the workflow's id.

    What interrupts it cancels the workflow: half of a group is not what was asked for.
    """
    client = qctl.client
    receipt, group = open_group(client, request, strict=knows_every_task(client))
    try:
        for batch in batches:
            group.add(batch)
        group.seal()
    except BaseException:
        client.cancel([receipt.id], reason="its members could not all be made")
        raise
    return receipt.id
