"""Plans of compositions, of whatever shape; that they do what their trees mean, `test_workflows` shows in the store."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from qctl.model.submission import Submission
from qctl.model.workflow.flatten import Flat, Site, flatten
from qctl.model.workflow.tree import Chain, Step, Tree
from tests.property.compositions import Trees, seeds
from tests.support.canvas import Act, perform

untimed = settings(deadline=None, max_examples=300)  # other people's work on the machine is no failure


def flat_of(tree: Tree) -> tuple[Flat, dict[str, Step]]:
    steps: dict[str, Step] = {}

    def job(step: Step, site: Site) -> Submission:
        steps[site.name] = step
        return Submission(id=site.name, task=step.task, body=b"")

    return flatten(tree, job), steps


def plays(seed: int, failing: float) -> Any:
    """Steps end at instants of which no two are the same."""

    def play(step: Step, received: Any) -> Act:
        dice = random.Random(f"{seed} {step.task}")
        return Act(1 + dice.random(), dice.random() >= failing, [step.task, received])

    return play


@untimed
@given(seeds())
def test_without_a_failure_every_step_runs_once_but_handlers(drawn: tuple[int, int]) -> None:
    """C56: and no plan has a step that nothing starts."""
    tree, seed = Trees(random.Random(drawn[1])).tree(drawn[0]), drawn[1]

    told = perform(tree, plays(seed, 0.0)).steps()

    assert {step.task for step in on_the_way(tree)} == set(told)


def on_the_way(tree: Tree) -> Iterator[Step]:
    """The steps that run when all goes well."""
    parts: tuple[Tree, ...] = ()
    if isinstance(tree, Step):
        if tree.handler:
            return
        yield tree
    else:
        parts = tree.elements if isinstance(tree, Chain) else tree.members
    for part in (*parts, *tree.link):
        yield from on_the_way(part)


@untimed
@given(seeds())
def test_a_plan_is_one_table_in_which_each_node_has_its_place(drawn: tuple[int, int]) -> None:
    """Rule 1: names are one after the other, every job is released by one node, and counted where it belongs."""
    tree = Trees(random.Random(drawn[1])).tree(drawn[0])

    flat, steps = flat_of(tree)

    names = [node.name for node in flat.nodes]
    assert [name for name in names if name.isdecimal()] == [str(place + 1) for place in range(len(steps))]
    nodes = {node.name: node for node in flat.nodes}
    assert len(nodes) == len(names)
    for node in flat.nodes:
        assert node.next is None or nodes[node.next].previous == node.name
        assert node.next is None or (nodes[node.next].within, nodes[node.next].position) == (node.within, node.position)
        for position, head in enumerate(node.group.heads if node.group else ()):
            assert (nodes[head].within, nodes[head].position, nodes[head].previous) == (node.name, position, None)
    assert flat_of(replace(tree))[0] == flat
