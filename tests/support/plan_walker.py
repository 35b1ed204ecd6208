"""Works off a plan on a clock of its own, node by node as the store does: for what must hold of every plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from qctl.model.workflow.flatten import Flat
from qctl.model.workflow.plan import Node
from qctl.model.workflow.tree import Policy, Step
from tests.support.canvas import NOTHING, Play, Ran


@dataclass
class _Group:
    source: str
    done: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)  #: by position the step that failed first
    tails: dict[int, str] = field(default_factory=dict)  #: by position, what the member passes on
    next: int = 0
    first: str = ""
    stopped: bool = False


@dataclass
class _Values:
    """What nodes have left, and where it is found."""

    nodes: Mapping[str, Node]
    steps: Mapping[str, Step]
    fates: dict[str, str] = field(default_factory=dict)
    groups: dict[str, _Group] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)
    passed: dict[str, str] = field(default_factory=dict)  #: of a handler not needed, or any's group: what it passes on

    def of(self, source: str) -> Any:
        kind, _, name = source.partition(":")
        if kind in ("n", ""):
            return None if kind else NOTHING
        if kind == "e":
            group = self.groups.get(name)
            return {"failed": sorted(set(group.failed.values()) if group else {self.steps[name].task})}
        if self.fates[name].split()[0] not in ("succeeded", "unneeded"):
            return None
        if name in self.passed:
            return self.of(self.passed[name])
        if self.nodes[name].group is None or name not in self.groups:
            return self.left.get(name)
        return self._listed(name)

    def _listed(self, name: str) -> list[Any]:
        group, terms = self.groups[name], self.nodes[name].group
        assert terms is not None
        values = [
            None if position in group.failed else self.of(group.tails[position]) for position in range(len(terms.heads))
        ]
        if terms.policy is not Policy.SETTLED:
            return values
        errors = [group.failed.get(position) for position in range(len(values))]
        return [
            {"ok": error is None, "value": value, "error": error} for value, error in zip(values, errors, strict=True)
        ]


class Walk:
    """One walk over the nodes of a composition."""

    def __init__(self, flat: Flat, steps: Mapping[str, Step], play: Play) -> None:
        self._nodes: dict[str, Node] = {node.name: node for node in flat.nodes}
        self._flat, self._steps, self._play = flat, steps, play
        self._values = _Values(self._nodes, steps)
        self._groups, self._passed = self._values.groups, self._values.passed
        self._under_way: list[tuple[float, int, str, bool, Any]] = []
        self._started: set[str] = set()
        self._seen = 0
        self.fates = self._values.fates
        self.ran: dict[str, Ran] = {}
        self._now = 0.0

    def run(self) -> tuple[bool, Any]:
        """Work everything off; say whether it succeeded, and its value."""
        if not self._flat.first:
            return True, NOTHING
        self._arrive(self._flat.first, "")
        while self._under_way:
            self._now, _, name, ok, value = heappop(self._under_way)
            if name in self.fates:
                continue  # it was cancelled
            task = self._steps[name].task
            self.ran[task] = self.ran[task]._replace(outcome="succeeded" if ok else "failed")
            self._values.left[name] = value
            self._settle(name, "succeeded" if ok else f"failed {name} {task}")
        last = self._nodes[self._flat.last]
        fate = self.fates[last.name].split()
        ok = fate[0] in ("succeeded", "unneeded") or (last.tolerant and fate[1] == last.name)
        return ok, self._values.of(f"v:{last.name}") if ok else None

    def _arrive(self, name: str, source: str, lost: Sequence[str] = ()) -> None:
        """The turn of a node: with a source, or with where a failure comes from and the step that failed first."""
        node = self._nodes[name]
        if name in self.fates or name in self._started:
            return
        if node.handler and not lost:
            self._passed[name] = source
            self._settle(name, "unneeded")
        elif lost and not (node.handler and not self._is_passed_over(node) and not self._is_stopped(node)):
            self._settle(name, f"skipped {lost[0]} {lost[1]}")
            for head in node.group.heads if node.group else ():
                self._arrive(head, "", lost)
        else:
            self._start(node, f"e:{lost[0]}" if lost else source)

    def _start(self, node: Node, source: str) -> None:
        self._started.add(node.name)
        if node.group is not None:
            self._groups[node.name] = _Group(source)
            self._pump(node.name)
            if not node.group.heads:
                self._settle(node.name, "succeeded")
        elif self._is_stopped(node):
            self._settle(node.name, f"cancelled {node.name} {self._steps[node.name].task}")
        else:
            step = self._steps[node.name]
            received = self._values.of(source) if source and node.takes_input else NOTHING
            act = self._play(step, received)
            assert step.task not in self.ran, "a step ran twice"
            self.ran[step.task] = Ran(step.task, received, "cancelled")
            self._seen += 1
            heappush(self._under_way, (self._now + act.seconds, self._seen, node.name, act.ok, act.value))

    def _pump(self, name: str) -> None:
        terms, group = self._nodes[name].group, self._groups[name]
        assert terms is not None
        while group.next < len(terms.heads):
            if terms.max_parallel is not None and group.next - len(group.done) >= terms.max_parallel:
                return
            group.next += 1
            self._arrive(terms.heads[group.next - 1], group.source)

    def _settle(self, name: str, fate: str) -> None:
        if name in self.fates:
            return
        self.fates[name] = fate
        node, (outcome, *cause) = self._nodes[name], fate.split()
        stopped = self._is_stopped(node)
        if outcome in ("succeeded", "failed") and not stopped:
            for head in node.links if outcome == "succeeded" else node.error_links:
                self._arrive(head, f"v:{name}" if outcome == "succeeded" else f"e:{name}")
        ok, source = outcome in ("succeeded", "unneeded"), f"v:{name}"
        if node.tolerant and outcome == "failed" and not stopped:
            ok, source = True, "n"
        if node.next:
            self._arrive(node.next, source, () if ok else cause)
        elif node.within:
            self._end_member(node, source, ok=ok, cause=cause)

    def _end_member(self, node: Node, source: str, *, ok: bool, cause: Sequence[str]) -> None:
        assert node.within is not None
        group, terms = self._groups.get(node.within), self._nodes[node.within].group
        if group is None or terms is None or node.position in group.done:
            return  # of a group that did not start
        group.done.add(node.position)
        group.tails[node.position] = source
        if not ok:
            group.first = group.first or cause[1]
            group.failed[node.position] = cause[1]
        every = len(group.done) == len(terms.heads)
        doomed = terms.policy is Policy.ALL and len(group.failed) > terms.max_fail
        doomed = doomed or (terms.policy is Policy.ANY and every and bool(group.failed))
        if terms.policy is Policy.ANY and ok:
            self._passed.setdefault(node.within, source)
            self._settle(node.within, "succeeded")
        elif every:
            self._settle(node.within, f"failed {node.within} {group.first}" if doomed else "succeeded")
        if terms.fail_fast and not ok and terms.policy is not Policy.ANY and (doomed or terms.policy is Policy.SETTLED):
            self._stop(node.within)
        self._pump(node.within)

    def _stop(self, name: str) -> None:
        if self._groups[name].stopped:
            return
        self._groups[name].stopped = True
        for node in self._nodes.values():
            step = self._steps.get(node.name)
            is_live = step is not None and step.task in self.ran and node.name not in self.fates
            if step is not None and is_live and self._is_within(node, name):
                self._settle(node.name, f"cancelled {node.name} {step.task}")

    def _is_within(self, node: Node, group: str) -> bool:
        while node.within:
            if node.within == group:
                return True
            node = self._nodes[node.within]
        return False

    def _is_stopped(self, node: Node) -> bool:
        return any(group.stopped and self._is_within(node, name) for name, group in self._groups.items())

    def _is_passed_over(self, node: Node) -> bool:
        while node.within:
            if node.within not in self._groups:
                return True
            node = self._nodes[node.within]
        return False
