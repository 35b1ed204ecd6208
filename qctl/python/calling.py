"""Submitting a composition: the one way from a signature to a handle, in a program and inside a job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Protocol

from qctl.config.lone import is_lone
from qctl.config.options import PIPELINE, Options, Request
from qctl.model.workflow.tree import Chain, Step, Tree
from qctl.python.call_options import request_options
from qctl.python.instance import Qctl, current_instance
from qctl.python.results import AsyncResult, GroupResult, handle_of
from qctl.python.shape import shape_of

Result = AsyncResult | GroupResult


class Composed(Protocol):
    """What can be submitted."""

    def tree(self, zone: tzinfo) -> Tree:
        """The values that are submitted."""


def submit(composed: Composed, options: Mapping[str, Any], instance: Qctl | None = None) -> Result | None:
    """Submit a composition with the options of its call. None if there is nothing to do: an empty chain.

    The handle is that of its last node: of a lone task its job's, of a group a GroupResult.
    """
    qctl = instance or current_instance()
    tree = composed.tree(qctl.zone)
    if isinstance(tree, Chain) and not tree.elements:
        return None
    name = tree.task if isinstance(tree, Step) else PIPELINE
    (receipt,) = qctl.submit([Request(task=name, tree=tree, options=Options(**request_options(options, qctl.zone)))])
    if is_lone(tree):
        return AsyncResult(receipt.id, qctl)
    shape = shape_of(receipt.id, tree)
    return handle_of(shape.last, shape, qctl)
