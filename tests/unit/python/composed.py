"""Two tasks to compose, and what is looked at in a composition."""

from __future__ import annotations

from qctl.model.submission import Submission
from qctl.model.workflow.flatten import flatten
from qctl.model.workflow.tree import Chain, Step, Tree
from qctl.python.compositions import Composition
from qctl.python.declaring import task
from qctl.python.shape import Shape, shape_from


@task(name="add")
def add(x: int, y: int) -> int:
    return x + y


@task(name="tsum")
def tsum(numbers: list[int]) -> int:
    return sum(numbers)


def steps(tree: Tree) -> list[Step]:
    """All steps of a tree, in declared order."""
    if isinstance(tree, Step):
        return [tree]
    return [step for part in (tree.elements if isinstance(tree, Chain) else tree.members) for step in steps(part)]


def shape(composed: Composition) -> Shape:
    """The plan of a composition, as its handles would walk it."""
    flat = flatten(composed.tree(), lambda step, site: Submission(id=site.name, task=step.task, body=b""))
    return shape_from("wf", flat.nodes, flat.last)


def steps_of(trees: tuple[Tree, ...]) -> list[Step]:
    return [step for tree in trees for step in steps(tree)]
