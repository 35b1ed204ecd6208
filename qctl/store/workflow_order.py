"""The nodes of a workflow in the order in which they were declared, from what is kept of each."""

from __future__ import annotations

from qctl.classes import replace
from qctl.store.workflow_words import place_of, read_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qctl.model.workflow.plan import Node


def in_declared_order(names: Sequence[str], lines: Sequence[bytes | None]) -> dict[str, Node]:
    """Nodes as they are kept, by name, in declared order; each group with the first nodes of its members."""
    told = [(name, line) for name, line in zip(names, lines, strict=True) if line]
    rows = [(node, line) for name, line in told if (node := read_node(name, line)) is not None]
    rows.sort(key=lambda row: _declared_place(*row))
    nodes = {node.name: node for node, _ in rows}
    return {name: _with_heads(node, heads) for (name, node), heads in _heads_of(nodes)}


def _declared_place(node: Node, line: bytes) -> tuple[float, int, int]:
    """A group stands before the first job that comes after it in the plan; what comes at the end has no number."""
    if node.group is not None:
        return place_of(line) + 1, 0, int(node.name[1:])
    return (int(node.name), 1, 0) if node.name.isdecimal() else (float("inf"), 0, 0)


def _heads_of(nodes: Mapping[str, Node]) -> Iterator[tuple[tuple[str, Node], list[str]]]:
    """Each node, with the first nodes of its members if it is a group."""
    heads: dict[str, list[Node]] = {}
    for node in nodes.values():
        if node.within is not None and node.previous is None:
            heads.setdefault(node.within, []).append(node)
    for name, node in nodes.items():
        members = sorted(heads.get(name, ()), key=lambda head: head.position)
        yield (name, node), [head.name for head in members]


def _with_heads(node: Node, heads: Sequence[str]) -> Node:
    return node if node.group is None else replace(node, group=replace(node.group, heads=tuple(heads)))
