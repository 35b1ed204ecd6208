"""Plans of compositions: whatever the shape, walking over the flat table of nodes gives what the tree means."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from qctl.model.submission import Submission
from qctl.model.workflow.flatten import Flat, Site, flatten
from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree
from tests.support.canvas import Act, perform
from tests.support.plan_walker import Walk

untimed = settings(deadline=None, max_examples=300)  # other people's work on the machine is no failure


class _Trees:
    """Draws compositions. Every step has a name of its own."""

    def __init__(self, dice: random.Random, most: int) -> None:
        self._dice = dice
        self._left = most
        self._names = 0

    def tree(self, depth: int = 0, *, first: bool = True, links: bool = True) -> Tree:
        kind = self._dice.random()
        if depth >= 4 or self._left <= 1 or kind < 0.4:
            return self._step(first=first, links=links)
        if kind < 0.7:
            return self._chain(depth, links=links)
        return self._group(depth, links=links)

    def _step(self, *, first: bool, links: bool) -> Step:
        self._left -= 1
        self._names += 1
        return Step(
            task=f"t{self._names}",
            takes_input=self._dice.random() < 0.9,
            tolerant=self._dice.random() < 0.15,
            handler=not first and self._dice.random() < 0.2,
            **self._links(links),
        )

    def _chain(self, depth: int, *, links: bool) -> Chain:
        count = self._dice.randint(1, 4)
        elements = [self.tree(depth + 1, first=place == 0, links=links) for place in range(count)]
        return Chain(elements=tuple(elements), **self._links(links))

    def _group(self, depth: int, *, links: bool) -> Group:
        members = tuple(self.tree(depth + 1, links=links) for _ in range(self._dice.randint(0, 4)))
        policy = self._dice.choice([Policy.ALL, Policy.ALL, Policy.ALL, Policy.ANY, Policy.SETTLED])
        plain = self._dice.random() < 0.4
        if plain:
            return Group(members=members)
        return Group(
            members=members,
            policy=policy,
            fail_fast=self._dice.random() < 0.3,
            tolerant=self._dice.random() < 0.2,
            max_fail=self._dice.choice([0, 0, 1]) if policy is Policy.ALL else 0,
            link=self._links(links)["link"],
        )

    def _links(self, links: bool) -> dict[str, Any]:
        def some() -> tuple[Tree, ...]:
            return (self.tree(3, links=False),) if links and self._dice.random() < 0.1 else ()

        return {"link": some(), "link_error": some()}


@st.composite
def compositions(draw: st.DrawFn) -> tuple[Tree, int]:
    """A tree, and what decides how its steps end."""
    seed = draw(st.integers(0, 1 << 32))
    return _Trees(random.Random(seed), draw(st.integers(1, 40))).tree(), seed


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
@given(compositions(), st.sampled_from([0.0, 0.1, 0.4]))
def test_every_plan_does_what_its_tree_means(drawn: tuple[Tree, int], failing: float) -> None:
    """C15, C24, C28-C37, C46-C59, C65-C71, C79-C82, C86: also for shapes that nobody has thought of."""
    tree, seed = drawn
    play = plays(seed, failing)
    told = perform(tree, play)
    flat, steps = flat_of(tree)
    walk = Walk(flat, steps, play)

    ok, value = walk.run()

    assert walk.ran == told.steps()
    assert (ok, value if ok else None) == (told.ok, told.value if told.ok else None)


@untimed
@given(compositions())
def test_without_a_failure_every_step_runs_once_but_handlers(drawn: tuple[Tree, int]) -> None:
    """C56: and no plan has a step that nothing starts."""
    tree, seed = drawn

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
@given(compositions())
def test_a_plan_is_one_table_in_which_each_node_has_its_place(drawn: tuple[Tree, int]) -> None:
    """Rule 1: names are one after the other, every job is released by one node, and counted where it belongs."""
    tree, _ = drawn

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
