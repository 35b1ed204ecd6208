"""Random compositions: every step another task, `s1`, `s2`, … in declared order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import strategies as st

from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree

_STEPS = st.builds(
    Step,
    task=st.just("s"),
    takes_input=st.sampled_from([True, True, True, False]),
    tolerant=st.sampled_from([False, False, True]),
)
_HANDLERS = st.builds(Step, task=st.just("s"), handler=st.just(True))


def _chains(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    rest = st.lists(st.one_of(parts, _HANDLERS), max_size=3)
    return st.builds(lambda first, more, links: Chain(elements=(first, *more), **links), parts, rest, _links(parts))


def _groups(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.builds(
        _group,
        st.lists(parts, max_size=4),
        st.sampled_from(Policy),
        st.booleans(),
        st.integers(0, 2),
        st.booleans(),
        _links(parts),
    )


def _group(
    members: list[Tree], policy: Policy, fail_fast: bool, max_fail: int, tolerant: bool, links: dict[str, Any]
) -> Tree:
    return Group(
        members=tuple(members),
        policy=policy,
        fail_fast=fail_fast,
        max_fail=max_fail if policy is Policy.ALL else 0,
        tolerant=tolerant,
        **links,
    )


def _links(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.one_of(_STEPS, parts), max_size=1).map(tuple)
    return st.one_of(st.just({}), st.just({}), st.fixed_dictionaries({"link": some, "link_error": some}))


def compositions(most_leaves: int = 12) -> st.SearchStrategy[Tree]:
    """Chains and groups of steps in one another, with links, handlers and tolerance."""
    trees = st.recursive(_STEPS, lambda parts: st.one_of(_chains(parts), _groups(parts)), max_leaves=most_leaves)
    return trees.map(_numbered)


def _numbered(tree: Tree) -> Tree:
    return _rename(tree, count(1))


def _rename(tree: Tree, numbers: Iterator[int]) -> Tree:
    def each(trees: tuple[Tree, ...]) -> tuple[Tree, ...]:
        return tuple(_rename(one, numbers) for one in trees)

    if isinstance(tree, Step):
        return replace(tree, task=f"s{next(numbers)}", link=each(tree.link), link_error=each(tree.link_error))
    if isinstance(tree, Chain):
        elements = each(tree.elements)
        return replace(tree, elements=elements, link=each(tree.link), link_error=each(tree.link_error))
    members = each(tree.members)
    return replace(tree, members=members, link=each(tree.link), link_error=each(tree.link_error))
