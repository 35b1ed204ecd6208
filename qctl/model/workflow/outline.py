"""A workflow as a list of rows in the form of a tree: where each node stands, and how it is with it. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from qctl.classes import dataclass, field
from qctl.model.call import Call
from qctl.model.job import Job
from qctl.model.job_words import call_words
from qctl.model.show import count
from qctl.model.state import State
from qctl.model.workflow.node_names import ON_ERROR, ON_SUCCESS
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qctl.model.workflow.plan import GroupTerms, Node, Plan, WorkflowSubmission


class Workflow(Protocol):
    """A workflow as it stands: what the store answers of one, or a plan that has not been submitted."""

    @property
    def job(self) -> Job: ...
    @property
    def plan(self) -> Plan: ...
    @property
    def nodes(self) -> Mapping[str, Node]: ...
    @property
    def fates(self) -> Mapping[str, str]: ...
    @property
    def jobs(self) -> Mapping[str, Job]: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan that has not been submitted, as a workflow of which nothing has begun."""

    job: Job
    plan: Plan
    fates: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, Job] = field(default_factory=dict)

    @property
    def nodes(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.plan.nodes}


def drafted(submission: WorkflowSubmission, now_ms: int) -> Draft:
    """What would be submitted. It has no id yet."""
    call = Call.decode(submission.body)
    job = Job(
        id="",
        call=call,
        state=State.WAITING,
        queue=submission.queue,
        priority=submission.priority,
        enqueued_ms=now_ms,
    )
    return Draft(job, submission.plan)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the tree."""

    stem: str  #: the branches before it
    name: str  #: of its node; empty for a chain that is drawn as one member
    title: str
    role: str = ""  #: of a side branch: when it starts


@dataclass(frozen=True, slots=True)
class _Item:
    """A node, or a chain that begins with a group, and what hangs below it."""

    name: str
    title: str
    below: tuple[_Item, ...] = ()
    forks: bool = False
    role: str = ""


def outline(nodes: Mapping[str, Node], plan: Plan) -> list[Row]:
    """The rows of a plan, each node once, in the order in which they are worked off."""
    if not plan.first:
        return []
    shape = _Shape(nodes)
    head, *rest = shape.chain(plan.first)
    if nodes[head.name].group is not None and rest:
        rows = list(_rows([head, *rest], ""))
    else:
        rows = [Row("┬ " if head.forks else "", head.name, head.title)]
        rows += _rows([*head.below, *rest], "")
    for role, firsts in ((ON_ERROR, _each(plan, nodes)), (ON_SUCCESS, plan.on_success)):
        rows += _rows([item for first in firsts for item in shape.side(first, role)], "")
    return rows


def _each(plan: Plan, nodes: Mapping[str, Node]) -> Sequence[str]:
    """What starts when a workflow did not succeed: once, or, as soon as there are some, for each failed node."""
    copies = [name for name in nodes if name.startswith(f"{ON_ERROR}-")] if plan.each_error else []
    return copies or plan.on_error


def _rows(items: Sequence[_Item], stem: str) -> Iterator[Row]:
    for place, item in enumerate(items):
        last = place == len(items) - 1
        branch = ("└" if last else "├") + ("─┬ " if item.forks else " ")
        yield Row(stem + branch, item.name, item.title, item.role)
        yield from _rows(item.below, stem + ("  " if last else "│ "))


class _Shape:
    """Turns the flat table of nodes into items that hang below each other."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._heads = heads_of(nodes)
        self._seen: set[str] = set()

    def chain(self, first: str) -> list[_Item]:
        """The elements of a chain, each with what hangs below it."""
        found = []
        at: str | None = first
        while at is not None and at not in self._seen and at in self._nodes:
            self._seen.add(at)
            found.append(self._item(self._nodes[at]))
            at = self._nodes[at].next
        return found

    def side(self, first: str, role: str) -> list[_Item]:
        """A side branch, under what says when it starts; nothing if it was drawn before."""
        found = self.chain(first)
        if not found:
            return []
        head, *rest = found
        return [_Item(head.name, head.title, (*head.below, *rest), forks=head.forks, role=role)]

    def _item(self, node: Node) -> _Item:
        heads = self._heads.get(node.name, ())
        below = [item for head in heads for item in self._member(head)]
        for role, firsts in (("then", node.links), ("if it fails", node.error_links)):
            below += [item for first in firsts for item in self.side(first, role)]
        return _Item(node.name, title_of(node, len(heads)), tuple(below), forks=bool(node.group and below))

    def _member(self, head: str) -> list[_Item]:
        """A member of a group as one item: what follows its first step hangs below that."""
        found = self.chain(head)
        if len(found) < 2:
            return found
        first, *rest = found
        if self._nodes[head].group is not None:
            return [_Item("", f"chain of {len(found)}", tuple(found), forks=True)]
        return [_Item(first.name, first.title, (*first.below, *rest))]


def heads_of(nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    """By group the first node of each member, in order of position: those of the plan, and those added since."""
    followers = {node.next for node in nodes.values()}
    found = {name: list(node.group.heads) for name, node in nodes.items() if node.group is not None}
    for name, node in nodes.items():
        if node.within in found and name not in followers and node.position >= len(found[node.within]):
            found[node.within].append(name)
    return {name: tuple(heads) for name, heads in found.items()}


def main_names(nodes: Mapping[str, Node], plan: Plan) -> frozenset[str]:
    """The nodes that are no side branch's."""
    heads, found, waiting = heads_of(nodes), set(), [plan.first]
    while waiting:
        at: str | None = waiting.pop()
        while at is not None and at in nodes and at not in found:
            found.add(at)
            waiting += heads.get(at, ())
            at = nodes[at].next
    return frozenset(found)


def title_of(node: Node, members: int = 0) -> str:
    """What a node is: its command, with the marks of an expression; of a group how it is worked off."""
    if node.group is not None:
        return _group_words(node.group, members) + ("?" if node.tolerant else "")
    call = call_of(node)
    marks = ("?" if node.tolerant else "") + ("!" if node.handler else "")
    return ("" if node.takes_input else ".") + call.task + marks + call_words(call).removeprefix(call.task)


def _group_words(group: GroupTerms, members: int) -> str:
    """`group of 3`, with how it is worked off where that is not as usual."""
    said = [f"group of {members:,}{'+' if group.open else ''}"]
    said += [] if group.policy is Policy.ALL else [group.policy.value]
    said += [f"{group.max_parallel} at a time"] if group.max_parallel else []
    said += [f"{count(group.max_fail, 'failure')} allowed"] if group.max_fail else []
    said += ["fail fast"] if group.fail_fast else []
    return ", ".join(said)


def call_of(node: Node) -> Call:
    """What the job of a node was asked for. Not of a group."""
    assert node.job is not None
    return _decoded(node.job.body)


@lru_cache(maxsize=4096)
def _decoded(body: bytes) -> Call:
    return Call.decode(body)
