"""Where a walk over a plan stands: how nodes have ended, and how it is with groups whose turn has come. Pure."""

from __future__ import annotations

from qctl.classes import dataclass, field, replace
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from qctl.model.workflow.inputs import Source
    from qctl.model.workflow.plan import GroupTerms, Node, Plan

UNNEEDED: Final = "unneeded"  #: how a handler ends that was not called for
NOTHING: Final = "-"  #: the source of a node that comes after none


@dataclass(frozen=True, slots=True)
class Loss:
    """Why those after a node do not start."""

    why: Reason  #: upstream_failed, upstream_cancelled or stopped
    origin: str  #: the node where that comes from
    culprit: str  #: the job that failed first


@dataclass(frozen=True, slots=True)
class Fate:
    """How a node ended."""

    outcome: str  #: an Outcome, or UNNEEDED
    loss: Loss | None = None  #: of one that did not come to an end of its own
    source: Source = ""  #: what it passes on in place of a value of its own
    ordered: bool = False  #: it was cancelled with its group


@dataclass(slots=True)
class Standing:
    """How it is with a group whose turn has come."""

    source: Source | None = None  #: what its members receive; None: it was skipped
    loss: Loss | None = None  #: of a skipped one
    next: int = 0  #: the position of the member that is released next
    done: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)  #: by position the job that failed first, in order of time
    stopped: bool = False  #: it fails fast, and has

    def is_complete(self, terms: GroupTerms) -> bool:
        """Whether every member is final."""
        return len(self.done) >= len(terms.heads)

    def is_doomed(self, terms: GroupTerms) -> bool:
        """Whether it cannot succeed any more."""
        if terms.policy is Policy.ANY:
            return self.is_complete(terms) and 0 < len(self.failed) >= len(self.done)
        return terms.policy is Policy.ALL and len(self.failed) > terms.max_fail


class Ground:
    """The nodes of a plan, and what has become of them so far."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes: dict[str, Node] = {node.name: node for node in plan.nodes}
        self.fates: dict[str, Fate] = {}
        self.groups: dict[str, Standing] = {}  #: those whose turn has come
        self._order = {name: place for place, name in enumerate(self.nodes)}

    def members(self, group: str) -> Sequence[str]:
        """The last node of each member of a group, by position."""
        return [self._tail(head) for head in self.terms(group).heads]

    def terms(self, group: str) -> GroupTerms:
        """How a group is worked off, with the members that were added to it."""
        terms = self.nodes[group].group
        assert terms is not None
        return terms

    def around(self, node: Node) -> Iterator[str]:
        """The groups that a node is within, the nearest first."""
        while node.within is not None:
            yield node.within
            node = self.nodes[node.within]

    def is_stopped(self, node: Node) -> bool:
        """Whether nothing starts any more where a node stands: a group around it fails fast, and has."""
        return any(group in self.groups and self.groups[group].stopped for group in self.around(node))

    def is_passed_over(self, node: Node) -> bool:
        """Whether a group around it was skipped."""
        return any(group in self.groups and self.groups[group].loss is not None for group in self.around(node))

    def failure_of(self, group: str) -> Fate:
        """How a group fails: as the first of its members that did."""
        culprit = next(iter(self.groups[group].failed.values()))
        first = self.fates[culprit]
        is_stop = first.loss is not None and first.loss.why is Reason.STOPPED
        return Fate(first.outcome, Loss(Reason.STOPPED if is_stop else reason_after(first.outcome), group, culprit))

    def end_of_all(self) -> tuple[Outcome, str | None]:
        """How the whole has ended, and the job because of which it did not succeed."""
        last = self.fates.get(self.plan.last)
        if last is None or last.outcome in (Outcome.SUCCEEDED, UNNEEDED):
            return Outcome.SUCCEEDED, None
        culprit = last.loss.culprit if last.loss else self.plan.last
        own = last.loss is None or last.loss.origin == self.plan.last
        if self.nodes[self.plan.last].tolerant and own:
            return Outcome.SUCCEEDED, None
        return Outcome(self.fates[culprit].outcome), culprit

    def _add(self, node: Node) -> None:
        self.nodes[node.name], self._order[node.name] = node, len(self._order)

    def _add_members(self, group: str, nodes: Sequence[Node], heads: Sequence[str]) -> None:
        terms = self.terms(group)
        for node in nodes:
            self._add(replace(node, position=len(terms.heads) + node.position) if node.within == group else node)
        self.nodes[group] = replace(self.nodes[group], group=replace(terms, heads=(*terms.heads, *heads)))

    def _tail(self, name: str) -> str:
        while (following := self.nodes[name].next) is not None:
            name = following
        return name


def reason_after(outcome: str) -> Reason:
    """Why those do not start that come after a node which ended so."""
    return Reason.UPSTREAM_CANCELLED if outcome == Outcome.CANCELLED else Reason.UPSTREAM_FAILED
