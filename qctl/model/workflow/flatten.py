"""From a tree to the flat table of nodes: names, places, who comes after whom (rule 3 of workflows.md)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from qctl.classes import dataclass, field
from qctl.errors import UsageError
from qctl.model.submission import Submission
from qctl.model.workflow.plan import GroupTerms, Node
from qctl.model.workflow.tree import MOST_NESTING, Chain, Group, Policy, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qctl.model.workflow.tree import Tree


class NothingToHandle(UsageError):
    """`{task}!` comes after nothing whose failure it could handle"""

    help = "qctl help pipelines"

    def __init__(self, step: Step) -> None:
        super().__init__(task=step.task)
        self.step = step


class Site(NamedTuple):
    """Where a step stands, as far as its job must know."""

    name: str  #: of its node
    parent: str | None  #: the node that it comes after: a job, or a group whose list it gets
    receives: bool  #: whether there is something that it is given


Make = Callable[[Step, Site], Submission]  #: what becomes the job of a step


class Flat(NamedTuple):
    """The nodes of a tree: the main ones first, then those of side branches."""

    nodes: tuple[Node, ...]
    first: str
    last: str
    main: int


@dataclass(slots=True, eq=False)
class _Draft:
    """A node whose neighbours are not all known yet."""

    name: str
    of: Step | Group
    within: str | None
    position: int
    parent: str | None
    fed: bool  #: is there a value before it?
    heads: list[str] = field(default_factory=list)
    previous: str | None = None
    next: str | None = None
    links: list[str] = field(default_factory=list)
    error_links: list[str] = field(default_factory=list)


class _Branch(NamedTuple):
    """A tree that is to start beside what follows."""

    tree: Tree
    after: Sequence[_Draft]  #: any of these
    on_error: bool


class _Spot(NamedTuple):
    """Where the next node is to stand."""

    within: str | None = None
    position: int = 0
    parent: str | None = None
    fed: bool = False
    depth: int = 0


def flatten(tree: Tree, make: Make, *, fed: bool = False) -> Flat:
    """Make the table of nodes of a composition; `make` is asked for each step's job, in declared order.

    `fed`: the first ones are given something. An empty composition has no nodes. Raises UsageError for what cannot be
    worked off: a handler that comes after nothing, a chain without steps as a member, nesting without end.
    """
    return _Flattening(make).whole(tree, _Spot(fed=fed))


def flatten_members(
    members: Sequence[Tree], make: Make, *, group: str, position: int, number: int, parent: str | None, fed: bool
) -> Flat:
    """Make the nodes of more members for a group that is there, from this position on.

    Jobs are named from `number` on, groups from `g<number>`. `parent` is what the group comes after; `fed` says whether
    its members are given something. `first` and `last` of the answer are "": see `heads_of`.
    """
    return _Flattening(make, number).more(members, position, _Spot(within=group, parent=parent, fed=fed))


def heads_of(flat: Flat, group: str) -> tuple[str, ...]:
    """The first node of each of a group's members, by position."""
    return tuple(node.name for node in flat.nodes if node.within == group and node.previous is None)


class _Flattening:
    def __init__(self, make: Make, first: int = 1) -> None:
        self._make = make
        self._job = self._group = first - 1
        self._drafts: list[_Draft] = []
        self._branches: deque[_Branch] = deque()

    def whole(self, tree: Tree, spot: _Spot) -> Flat:
        line = self._line(tree, spot)
        main = len(self._drafts)
        self._side_branches()
        first, last = (line[0].name, line[-1].name) if line else ("", "")
        return Flat(tuple(self._finished()), first, last, main)

    def more(self, members: Sequence[Tree], position: int, spot: _Spot) -> Flat:
        for place, member in enumerate(_members(Group(members=tuple(members))), start=position):
            self._member(member, spot._replace(position=place))
        main = len(self._drafts)
        self._side_branches()
        return Flat(tuple(self._finished()), "", "", main)

    def _side_branches(self) -> None:
        while self._branches:
            tree, after, on_error = self._branches.popleft()
            line = self._line(tree, _Spot(parent=after[0].name, fed=True))
            for draft in after if line else ():
                (draft.error_links if on_error else draft.links).append(line[0].name)

    def _line(self, tree: Tree, spot: _Spot) -> list[_Draft]:
        """Place a tree's nodes that come one after the other; what is within a group of them is none of these."""
        if spot.depth > MOST_NESTING:
            raise UsageError(f"the workflow is nested more than {MOST_NESTING} deep", help="qctl help pipelines")
        deeper = spot._replace(depth=spot.depth + 1)
        if isinstance(tree, Chain):
            line = self._chain(tree, deeper)
        else:
            line = [self._step(tree, spot) if isinstance(tree, Step) else self._grouped(tree, deeper)]
        if line:
            self._branches.extend(_Branch(branch, _ends(line), False) for branch in tree.link)
            self._branches.extend(_Branch(branch, line, True) for branch in tree.link_error)
        return line

    def _chain(self, chain: Chain, spot: _Spot) -> list[_Draft]:
        line: list[_Draft] = []
        for element in chain.elements:
            part = self._line(element, spot)
            if line and part:
                line[-1].next, part[0].previous = part[0].name, line[-1].name
            line += part
            if part:
                spot = spot._replace(parent=part[-1].name, fed=True)
        return line

    def _step(self, step: Step, spot: _Spot) -> _Draft:
        self._job += 1
        return self._draft(str(self._job), step, spot)

    def _grouped(self, group: Group, spot: _Spot) -> _Draft:
        self._group += 1
        draft = self._draft(f"g{self._group}", group, spot)
        inside = spot._replace(within=draft.name)
        for position, member in enumerate(_members(group)):
            draft.heads.append(self._member(member, inside._replace(position=position)))
        return draft

    def _member(self, member: Tree, spot: _Spot) -> str:
        line = self._line(member, spot)
        if not line:
            raise UsageError("a chain without steps cannot be a member of a group")
        _must_not_be_handler(line[0])
        return line[0].name

    def _draft(self, name: str, of: Step | Group, spot: _Spot) -> _Draft:
        draft = _Draft(name, of, spot.within, spot.position, spot.parent, spot.fed)
        self._drafts.append(draft)
        return draft

    def _finished(self) -> Iterator[Node]:
        for draft in self._drafts:
            if draft.previous is None:
                _must_not_be_handler(draft)
            yield self._node(draft)

    def _node(self, draft: _Draft) -> Node:
        of = draft.of
        step = of if isinstance(of, Step) else None
        takes = step is None or step.takes_input
        return Node(
            name=draft.name,
            job=self._make(step, Site(draft.name, draft.parent, draft.fed and takes)) if step else None,
            group=_terms(of, draft.heads) if isinstance(of, Group) else None,
            previous=draft.previous,
            next=draft.next,
            within=draft.within,
            position=draft.position,
            takes_input=takes,
            tolerant=of.tolerant,
            handler=step is not None and step.handler,
            links=tuple(draft.links),
            error_links=tuple(draft.error_links),
        )


def _ends(line: Sequence[_Draft]) -> Sequence[_Draft]:
    """The nodes with whose success a line succeeds: its last, and what comes before that if it may not be needed."""
    first = len(line) - 1
    while first > 0 and isinstance((of := line[first].of), Step) and of.handler:
        first -= 1
    return line[first:]


def _members(group: Group) -> Iterator[Tree]:
    """The members, those of a group directly inside it at its place."""
    for member in group.members:
        if isinstance(member, Group) and _says_nothing(member):
            yield from _members(member)
        else:
            yield member


def _says_nothing(group: Group) -> bool:
    """Whether a group is only a list of its members, so that it can be a part of another's."""
    return group == Group(members=group.members)


def _must_not_be_handler(draft: _Draft) -> None:
    if isinstance(draft.of, Step) and draft.of.handler:
        raise NothingToHandle(draft.of)


def _terms(group: Group, heads: Sequence[str]) -> GroupTerms:
    if group.policy is not Policy.ALL and group.max_fail:
        raise UsageError(f"a group of the policy {group.policy} has no max_fail: only `all` counts failures")
    return GroupTerms(
        heads=tuple(heads),
        policy=group.policy,
        fail_fast=group.fail_fast,
        max_parallel=group.max_parallel,
        max_fail=group.max_fail,
        open=group.open,
    )
