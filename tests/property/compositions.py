"""Random compositions of exactly so many steps: every step another task, `s1`, `s2`, … in the order of drawing."""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree

MOST_STEPS = 40


def examples(count: int) -> settings:
    """So many examples of some tenths of a second each, or as many as EXAMPLES says, to search for long."""
    count = int(os.environ.get("EXAMPLES", count))
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


class Trees:
    """Draws compositions: chains and groups in one another as deep as the steps reach, of any terms.

    `plain`: nothing in them starts beside what follows, and no group is over before all of it is. `secrets` says how
    many steps have secret values, which a workflow that is to run again may not have.
    """

    def __init__(self, dice: Random, *, name: str = "s", plain: bool = False, secrets: float = 0.0) -> None:
        self._dice, self._name, self._plain, self._secrets = dice, name, plain, secrets
        self._count = 0

    def tree(self, steps: int, *, first: bool = True) -> Tree:
        """One of so many steps, links and all."""
        links, steps = self._links(steps)
        if steps == 1 and self._dice.random() < 0.9:
            return self._step(first, links)
        parts = self._shares(steps)
        if self._dice.random() < 0.5:
            return Chain(elements=tuple(self.tree(n, first=place == 0) for place, n in enumerate(parts)), **links)
        members = tuple(self.tree(n) for n in parts)
        if self._chance(0.1):
            members = (*members, Group(members=()))
        return self._group(members, links)

    def _step(self, first: bool, links: dict[str, Any]) -> Step:
        self._count += 1
        return Step(
            task=f"{self._name}{self._count}",
            takes_input=self._dice.random() < 0.85,
            tolerant=self._dice.random() < 0.15,
            handler=not first and self._dice.random() < 0.2,
            options={"secrets": b"s"} if self._dice.random() < self._secrets else {},
            **links,
        )

    def _group(self, members: tuple[Tree, ...], links: dict[str, Any]) -> Group:
        if not links and self._dice.random() < 0.3:
            return Group(members=members)
        all_ = Policy.ALL
        policy = self._dice.choice([all_, all_, Policy.SETTLED, all_ if self._plain else Policy.ANY])
        return Group(
            members=members,
            policy=policy,
            fail_fast=self._dice.random() < 0.3,
            tolerant=self._dice.random() < 0.2,
            max_fail=self._dice.choice([0, 1, 2]) if policy is all_ else 0,
            max_parallel=self._dice.choice([None, None, 1, 2, 3]),
            **links,
        )

    def _links(self, steps: int) -> tuple[dict[str, Any], int]:
        """What starts beside what follows, and how many steps are left for the rest."""
        found: dict[str, Any] = {}
        for kind in ("link", "link_error"):
            if steps > 1 and self._chance(0.1):
                own = self._dice.randint(1, min(3, steps - 1))
                steps -= own
                found[kind] = (self.tree(own),)
        return found, steps

    def _shares(self, steps: int) -> list[int]:
        """A number as a sum of some."""
        count = self._dice.randint(min(2, steps), min(5, steps))
        cuts = sorted(self._dice.sample(range(1, steps), count - 1))
        return [to - at for at, to in zip([0, *cuts], [*cuts, steps], strict=True)]

    def _chance(self, of: float) -> bool:
        return not self._plain and self._dice.random() < of


def seeds() -> st.SearchStrategy[tuple[int, int]]:
    """How many steps, and what decides about everything else: both together replay an example."""
    return st.tuples(st.integers(1, MOST_STEPS), st.integers(0, 1 << 32))


def opened(tree: Tree, dice: Random) -> Tree:
    """The same with one of its groups left open, if it has any: to be fed from outside."""
    places = sum(1 for _ in _groups_of(tree))
    return _open_one(tree, [dice.randrange(places)]) if places else tree


def tasks_of(tree: Tree) -> list[str]:
    """The names of all steps, side branches too."""
    own, inner = ([tree.task], ()) if isinstance(tree, Step) else ([], _parts(tree))
    return own + [task for part in (*inner, *tree.link, *tree.link_error) for task in tasks_of(part)]


def _parts(tree: Chain | Group) -> tuple[Tree, ...]:
    return tree.elements if isinstance(tree, Chain) else tree.members


def _groups_of(tree: Tree) -> list[Group]:
    if isinstance(tree, Step):
        return []
    inner = [one for part in _parts(tree) for one in _groups_of(part)]
    return [tree, *inner] if isinstance(tree, Group) else inner


def _open_one(tree: Tree, left: list[int]) -> Tree:
    """Groups are counted in `left`, the one that it comes down to is opened."""
    if isinstance(tree, Step):
        return tree
    if isinstance(tree, Chain):
        return replace(tree, elements=tuple(_open_one(one, left) for one in tree.elements))
    left[0] -= 1
    if left[0] == -1:
        return replace(tree, open=True)
    return replace(tree, members=tuple(_open_one(one, left) for one in tree.members))


def shown(tree: Tree) -> str:
    """A composition in one line, as an expression with its terms."""
    links = "".join(
        f" {sign}{', '.join(map(shown, trees))}" for sign, trees in (("+", tree.link), ("-", tree.link_error)) if trees
    )
    if isinstance(tree, Step):
        name = f"{'' if tree.takes_input else '.'}{tree.task}{'?' * tree.tolerant}{'!' * tree.handler}"
        return f"({name}{links})" if links else name
    if isinstance(tree, Chain):
        return f"({' | '.join(map(shown, tree.elements))}{links})"
    terms = f"{tree.policy.value} ff={tree.fail_fast:d} mf={tree.max_fail} mp={tree.max_parallel} open={tree.open:d}"
    bare = Group(members=tree.members) == tree
    return f"[{', '.join(map(shown, tree.members))}{'' if bare else f'; {terms}'}{links}]{'?' * tree.tolerant}"
