"""Works off a plan in memory, node by node as the store's scripts do, for who runs its jobs himself. Pure.

`released` are the jobs whose turn has come, in declared order; whoever has run one says so with `end`, which releases
others. Rules 1 to 5 and 9 of workflows.md hold; retries are no ends (rule 7), and there is no clock.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from qctl.classes import replace
from qctl.model.state import Outcome, Reason
from qctl.model.workflow.ground import NOTHING, UNNEEDED, Fate, Ground, Loss, Standing, reason_after
from qctl.model.workflow.plan import MOST_FAILED
from qctl.model.workflow.tree import Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.model.workflow.inputs import Source
    from qctl.model.workflow.plan import Node, Plan


class _Turns(Ground):
    """The turns of nodes: which start, which are passed over, and what comes after their ends."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._live: dict[str, Source] = {}  #: jobs that are released and not final, with what they receive
        self._released: list[tuple[int, str]] = []  #: a heap of those that nobody has taken
        self._steps: deque[tuple[str, Source | Loss | None]] = deque()  #: turns of nodes; None: of a group's members

    def _arrive(self, name: str, what: Source | Loss) -> None:
        """The turn of a node has come: it starts, or is passed over."""
        node = self.nodes[name]
        if name in self.fates or name in self._live or name in self.groups:
            return None
        stopped = self.is_stopped(node)
        if node.handler and isinstance(what, str):
            return self._settle(name, Fate(UNNEEDED, source=what))
        called = node.handler and isinstance(what, Loss) and what.why is not Reason.STOPPED
        if called and isinstance(what, Loss) and not stopped and not self.is_passed_over(node):
            what = f"e:{what.origin}"
        if isinstance(what, Loss):
            if node.group is not None:
                self.groups[name] = Standing(loss=what)
                self._steps.append((name, None))
            return self._settle(name, Fate(Outcome.CANCELLED if stopped else Outcome.SKIPPED, what))
        if node.group is not None:
            self.groups[name] = Standing(source=what)
            self._judge(name)
            return self._steps.append((name, None))
        if stopped:
            return self._settle(name, Fate(Outcome.CANCELLED))
        self._live[name] = what if node.takes_input and what != NOTHING else ""
        return heappush(self._released, (self._order[name], name))

    def _release_members(self, name: str) -> None:
        """Let the turn of a group's members come, as many as may be under way."""
        group, terms = self.groups[name], self.terms(name)
        most = len(terms.heads)
        if terms.max_parallel is not None and group.loss is None and not group.stopped:
            most = min(most, len(group.done) + terms.max_parallel)
        what = group.loss or group.source or NOTHING
        self._steps.extend((head, what) for head in terms.heads[group.next : most])
        group.next = max(group.next, most)

    def _settle(self, name: str, fate: Fate) -> None:
        """Keep how a node ended, start the side branches that it names, and let what follows go on."""
        if name in self.fates:
            return
        node = self.nodes[name]
        stopped = self.is_stopped(node)
        final = fate.outcome in (Outcome.SUCCEEDED, Outcome.SKIPPED, UNNEEDED)
        fate = replace(fate, ordered=stopped and not final)
        self.fates[name] = fate
        self._live.pop(name, None)
        self._start_links(node, fate, stopped=stopped)
        self._pass_on(node, fate, stopped=stopped)

    def _start_links(self, node: Node, fate: Fate, *, stopped: bool) -> None:
        if fate.outcome in (Outcome.SKIPPED, UNNEEDED) or fate.ordered:
            return
        well = fate.outcome == Outcome.SUCCEEDED
        if stopped and (node.group is not None or not well):
            return
        source = f"v:{node.name}" if well else f"e:{node.name}"
        self._steps.extend((head, source) for head in (node.links if well else node.error_links))

    def _pass_on(self, node: Node, fate: Fate, *, stopped: bool) -> None:
        what: Source | Loss = f"v:{node.name}"
        if fate.outcome == UNNEEDED:
            what = fate.source
        elif fate.outcome != Outcome.SUCCEEDED:
            what = fate.loss or Loss(reason_after(fate.outcome), node.name, node.name)
            if node.tolerant and what.origin == node.name and not stopped:
                what = "n"
        if node.next is not None:
            self._steps.append((node.next, what))
        elif node.within is not None:
            self._end_member(node.within, node.position, what)

    def _end_member(self, name: str, position: int, what: Source | Loss) -> None:
        group, terms = self.groups.get(name), self.terms(name)
        if group is None or position in group.done:
            return
        group.done.add(position)
        if isinstance(what, Loss):
            group.failed[position] = what.culprit
        elif terms.policy is Policy.ANY:
            self._settle(name, Fate(Outcome.SUCCEEDED, source=what))
        doomed = self._judge(name)
        lost = terms.policy is Policy.SETTLED or (terms.policy is Policy.ALL and doomed)
        if terms.fail_fast and isinstance(what, Loss) and lost and not group.stopped:
            self._stop(name)
        if terms.max_parallel is not None and group.next < len(terms.heads):
            self._steps.append((name, None))

    def _judge(self, name: str) -> bool:
        """End a group that is final by those of its members that are. Answers whether it can only fail by now."""
        group, node, terms = self.groups[name], self.nodes[name], self.terms(name)
        doomed = group.is_doomed(terms)
        # Half of a group is not what was asked for, even if it may do without some: these had no chance.
        cut = bool(group.failed) and terms.policy is not Policy.ANY and self.is_stopped(node)
        if group.is_complete(terms):
            self._settle(name, self.failure_of(name) if doomed or cut else Fate(Outcome.SUCCEEDED))
        return doomed

    def _stop(self, name: str) -> None:
        """Cancel what is under way in a group."""
        self.groups[name].stopped = True
        for live in [one for one in self._live if name in self.around(self.nodes[one])]:
            self._settle(live, Fate(Outcome.CANCELLED))


class Walk(_Turns):
    """One walk over the nodes of a plan."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.culprits: list[str] = []  #: jobs that did not succeed by themselves, the first one first
        self.outcome: Outcome | None = None  #: of the whole, once nothing of it is under way
        self.culprit: str | None = None  #: of one that did not succeed, the job that failed first

    def start(self) -> None:
        """Release what comes first."""
        if self.plan.first:
            self._steps.append((self.plan.first, NOTHING))
        self._go_on()

    def take(self) -> tuple[str, Source] | None:
        """The next job to run in declared order, and where what it receives is found; None if none is released."""
        while self._released:
            _, name = heappop(self._released)
            if name in self._live:
                return name, self._live[name]
        return None

    def end(self, name: str, outcome: Outcome, reason: Reason | None = None) -> None:
        """A job that was released has ended, for good. One that was cancelled meanwhile is passed over."""
        if name not in self._live:
            return
        node = self.nodes[name]
        if self.outcome is None and outcome not in (Outcome.SUCCEEDED, Outcome.SKIPPED) and not self.is_stopped(node):
            self.culprits.append(name)
        stop = Loss(reason or Reason.STOPPED, name, name) if outcome is Outcome.SKIPPED else None
        self._settle(name, Fate(outcome, stop))
        self._go_on()

    def extend(self, group: str, nodes: Sequence[Node], heads: Sequence[str]) -> None:
        """Add members to a group that is not final; their positions are behind those that there are."""
        self._add_members(group, nodes, heads)
        if group in self.groups:
            self._steps.append((group, None))
        self._go_on()

    def _go_on(self) -> None:
        while True:
            while self._steps:
                name, what = self._steps.popleft()
                if what is None:
                    self._release_members(name)
                else:
                    self._arrive(name, what)
            if self.outcome is not None or self._live:
                return
            self._close()

    def _close(self) -> None:
        """Nothing is under way any more: say how the whole ended, and start what comes after it."""
        self.outcome, self.culprit = self.end_of_all()
        source = f"v:{self.plan.last}" if self.plan.last else NOTHING
        if self.outcome is Outcome.SUCCEEDED:
            self._steps.extend((head, source) for head in self.plan.on_success)
        elif self.outcome is not Outcome.SKIPPED:
            for head in self.plan.on_error:
                self._start_on_error(head)
        if self._steps:
            self._go_on()

    def _start_on_error(self, head: str) -> None:
        if not self.plan.each_error or not self.culprits:
            return self._steps.append((head, "f"))
        for number, culprit in enumerate(self.culprits[:MOST_FAILED], 1):
            copied = replace(self.nodes[head], name=f"{head}-{number}")
            self._add(copied)
            self._steps.append((copied.name, f"e:{culprit}"))
        return None
