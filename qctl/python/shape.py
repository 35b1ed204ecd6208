"""The plan of a workflow as its handles walk it: who comes before whom, who is a member of which group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qctl.classes import dataclass, field
from qctl.model.workflow.plan import Node
from qctl.model.workflow.tree import Policy


@dataclass(frozen=True, slots=True)
class Shape:
    """A workflow's nodes, by name, in declared order."""

    workflow: str  #: its id
    nodes: dict[str, Node]
    last: str  #: the node whose value is the workflow's; empty: there is none
    _tails: dict[str, list[Node]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        heads = {head for node in self.nodes.values() if node.group for head in node.group.heads}
        for node in self.nodes.values():
            if node.within is not None and node.next is None and (node.previous or node.name in heads):
                self._tails.setdefault(node.within, []).append(node)
        for tails in self._tails.values():
            tails.sort(key=lambda node: node.position)

    def members(self, group: str) -> Sequence[str]:
        """The last node of each member of a group, by position."""
        return [node.name for node in self._tails.get(group, ())]

    def needed(self, group: str) -> list[str]:
        """The jobs that end members of a group, as far as the failure of a single one is the group's."""
        terms = self.nodes[group].group
        if terms is None or terms.policy is not Policy.ALL or terms.max_fail:
            return []
        found: list[str] = []
        for name in self.members(group):
            node = self.nodes[name]
            if not (node.tolerant or node.handler):
                found += [name] if node.group is None else self.needed(name)
        return found

    def before(self, name: str) -> str | None:
        """The node that a node comes after; of the first of a group's member the one that the group comes after."""
        node = self.nodes[name]
        while node.previous is None and node.within is not None:
            node = self.nodes[node.within]
        return node.previous

    def after(self, name: str) -> Sequence[str]:
        """The nodes that start when a node has succeeded."""
        node = self.nodes[name]
        return [*([node.next] if node.next else []), *node.links]

    def inside(self, group: str) -> Sequence[str]:
        """All nodes of a group's members that are jobs, those of groups within it too."""
        found: list[str] = []
        groups = {group}
        for node in self.nodes.values():
            if node.within in groups:
                if node.group is None:
                    found.append(node.name)
                else:
                    groups.add(node.name)
        return found


def shape_from(workflow: str, nodes: Iterable[Node], last: str) -> Shape:
    """The shape of a plan."""
    return Shape(workflow, {node.name: node for node in nodes}, last)
