"""Plans of the shapes that have numbers: which nodes there are, who comes after whom, and whose list somebody gets."""

from __future__ import annotations

from itertools import product

import pytest

from qctl.errors import UsageError
from qctl.model.submission import Submission
from qctl.model.workflow.flatten import Flat, NothingToHandle, flatten
from qctl.model.workflow.plan import Node
from qctl.model.workflow.tree import MOST_NESTING, Chain, Group, Policy, Step, Tree


def s(name: str, **more: object) -> Step:
    return Step(task=name, **more)  # type: ignore[arg-type]


def chain(*elements: Tree, **more: tuple[Tree, ...]) -> Chain:
    return Chain(elements=elements, **more)


def group(*members: Tree, **more: tuple[Tree, ...]) -> Group:
    return Group(members=members, **more)  # type: ignore[arg-type]


def flat_of(tree: Tree) -> Flat:
    return flatten(tree, lambda step, site: Submission(id=site.name, task=step.task, body=b""))


def shape(tree: Tree) -> str:
    """A plan in words: steps by their tasks, groups in brackets, as it is released."""
    flat = flat_of(tree)
    nodes = {node.name: node for node in flat.nodes}
    return _line(nodes[flat.first], nodes) if flat.first else ""


def _line(node: Node | None, nodes: dict[str, Node]) -> str:
    parts = []
    while node is not None:
        members = [_line(nodes[head], nodes) for head in node.group.heads] if node.group else []
        parts.append(f"[{', '.join(members)}]" if node.job is None else node.job.task)
        node = nodes[node.next] if node.next else None
    return " ".join(parts)


A, B, C, D = s("a"), s("b"), s("c"), s("d")


@pytest.mark.parametrize(
    ("case", "tree", "plan"),
    [
        ("C02", chain(A), "a"),
        ("C03", chain(chain(A)), "a"),
        ("C04", chain(A, chain(B, chain(C)), group(A, B, C, D)), "a b c [a, b, c, d]"),
        ("C05", chain(), ""),
        ("C05", chain(chain(), A, chain()), "a"),
        ("C30", group(), "[]"),
        ("C31", group(A, group(B, group(C)), D), "[a, b, c, d]"),
        ("C32", group(A, chain(B, group(C, D))), "[a, b [c, d]]"),
        ("C35", group(A, A, A), "[a, a, a]"),
        ("C48", chain(group(A), B), "[a] b"),
        ("C49", chain(group(), B), "[] b"),
        ("C51", chain(group(A, B), group(C, D)), "[a, b] [c, d]"),
        ("C52", chain(A, group(B), C), "a [b] c"),
        ("C53", chain(A, group(), B), "a [] b"),
        ("C54", chain(A, group(B, C), D, group(A, B), C), "a [b, c] d [a, b] c"),
        ("C57", chain(group(A, B), group(C, D), group(chain(A, B))), "[a, b] [c, d] [a b]"),
        ("C59", group(chain(group(A, B), C), chain(group(A), D)), "[[a, b] c, [a] d]"),
        ("C65", chain(group(A, B), chain(C, D)), "[a, b] c d"),
        ("C66", chain(group(chain(group(chain(group(A, B), C)), D)), A), "[[[a, b] c] d] a"),
        ("C69", chain(group(A, chain(B, C), group(A, B), chain(group(C), D)), A), "[a, b c, a, b, [c] d] a"),
        ("C70", chain(group(chain(A, group(B, C))), D), "[a [b, c]] d"),
        ("C71", chain(group(group(A, B), C), D), "[a, b, c] d"),
    ],
)
def test_a_shape_is_worked_off_as_its_case_says(case: str, tree: Tree, plan: str) -> None:
    assert shape(tree) == plan, case


@pytest.mark.parametrize(("outer", "inner"), list(product(["chain", "group", "chord"], repeat=2)))
def test_each_pair_of_shapes_nested_is_the_same_when_it_is_made_again(outer: str, inner: str) -> None:
    """C99."""

    def made(kind: str, first: Tree, second: Tree) -> Tree:
        if kind == "chain":
            return chain(first, second)
        return group(first, second) if kind == "group" else chain(group(first, second), D)

    def whole() -> Tree:
        return made(outer, made(inner, s("a"), s("b")), s("c"))

    plain = {"chain": "a b", "group": "[a, b]", "chord": "[a, b] d"}[inner]
    within = plain.strip("[]") if inner == "group" and outer != "chain" else plain
    expected = {"chain": f"{plain} c", "group": f"[{within}, c]", "chord": f"[{within}, c] d"}[outer]
    assert shape(whole()) == expected
    assert flat_of(whole()) == flat_of(whole())


@pytest.mark.parametrize(
    "inner",
    [
        Group(members=(A, B), policy=Policy.ANY),
        Group(members=(A, B), fail_fast=True),
        Group(members=(A, B), tolerant=True),
        Group(members=(A, B), max_parallel=1),
        Group(members=(A, B), max_fail=1),
        Group(members=(A, B), link=(C,)),
        chain(group(A, B)),
    ],
)
def test_a_group_that_says_more_than_its_members_stays_one(inner: Tree) -> None:
    assert shape(group(inner, D)) == "[[a, b], d]"


def links(tree: Tree) -> dict[str, tuple[str, str]]:
    """By step or group, the steps that it starts beside what follows: on success, on failure."""
    nodes = {node.name: node for node in flat_of(tree).nodes}

    def named(names: tuple[str, ...]) -> str:
        return " ".join(_line(nodes[name], nodes) for name in names)

    return {
        node.job.task if node.job else node.name: (named(node.links), named(node.error_links))
        for node in nodes.values()
        if node.links or node.error_links
    }


def test_a_chains_callbacks_start_with_its_end_and_at_any_of_its_failures() -> None:
    """C92, C93: also when the chain is flattened into another."""
    inner = chain(A, B, link=(s("ok"),), link_error=(chain(s("eb"), s("more")),))

    assert links(chain(inner, C)) == {"a": ("", "eb more"), "b": ("ok", "eb more")}


def test_a_chain_that_ends_in_a_handler_succeeds_with_it_or_with_what_is_before_it() -> None:
    assert links(chain(A, B, s("h", handler=True), link=(s("ok"),))) == {"b": ("ok", ""), "h": ("ok", "")}


def test_members_callbacks_are_theirs_and_a_groups_are_the_groups() -> None:
    """C38, C41."""
    tree = group(s("a", link=(s("la"),)), s("b", link_error=(s("eb"),)), link=(s("lg"),), link_error=(s("eg"),))

    assert links(tree) == {"a": ("la", ""), "b": ("", "eb"), "g1": ("lg", "eg")}


def test_side_branches_come_after_the_main_nodes_and_are_not_counted_with_them() -> None:
    flat = flat_of(chain(s("a", link=(chain(B, group(C)),)), D))

    assert [(node.name, node.within) for node in flat.nodes] == [
        ("1", None),
        ("2", None),
        ("3", None),
        ("g1", None),
        ("4", "g1"),
    ]
    assert (flat.first, flat.last, flat.main) == ("1", "2", 2)


@pytest.mark.parametrize(
    ("tree", "error"),
    [
        (s("h", handler=True), NothingToHandle),
        (chain(s("h", handler=True), A), NothingToHandle),
        (chain(A, group(s("h", handler=True))), NothingToHandle),
        (s("a", link_error=(s("h", handler=True),)), NothingToHandle),
        (group(A, chain()), UsageError),
        (Group(members=(A,), policy=Policy.ANY, max_fail=1), UsageError),
    ],
)
def test_what_cannot_be_worked_off_is_refused(tree: Tree, error: type[UsageError]) -> None:
    with pytest.raises(error):
        flat_of(tree)


def test_nesting_without_end_is_refused() -> None:
    deep: Tree = A
    for _ in range(MOST_NESTING):
        deep = chain(group(deep))
    with pytest.raises(UsageError, match="nested more than"):
        flat_of(deep)


def test_a_long_chain_and_a_large_group_are_no_nesting() -> None:
    """C29, C58."""
    assert len(flat_of(chain(*[A] * 3000)).nodes) == 3000
    assert len(flat_of(group(*[A] * 3000)).nodes) == 3001
