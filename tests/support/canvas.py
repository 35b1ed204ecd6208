"""What becomes of a composition, told from its tree alone: the reference for all that works off plans.

A play is a clock that nobody else has: each step takes as long as its `Act` says, and everything follows from that.
Values are JSON; an error record is `{"failed": [names]}`, a settled member `{"ok", "value", "error": name or None}`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree

NOTHING: Final = "(nothing)"  #: what a step receives that is given no value


class Act(NamedTuple):
    """What a step does: how long it takes, whether it succeeds, and what it leaves."""

    seconds: float
    ok: bool = True
    value: Any = None


class Ran(NamedTuple):
    """A step that has run."""

    step: str
    received: Any
    outcome: str  #: succeeded, failed or cancelled


Play = Callable[[Step, Any], Act]  #: what a step does with what it receives


@dataclass(frozen=True)
class Told:
    """How a composition, or a part of it, ended."""

    at: float
    ok: bool
    value: Any = None
    culprit: str = ""  #: of a failure, the step that failed first …
    failed: tuple[str, ...] = ()  #: … and what the error record of the nearest failure names
    ran: tuple[Ran, ...] = ()
    cut: bool = False  #: the group that it is in was cancelled meanwhile
    tolerated: bool = False  #: it has failed, and who comes after it goes on nevertheless

    @property
    def outcome(self) -> str:
        return "succeeded" if self.ok else "failed"

    def steps(self) -> dict[str, Ran]:
        """By name, the steps that have run. Fails if one ran twice."""
        found = {ran.step: ran for ran in self.ran}
        assert len(found) == len(self.ran), "a step ran twice"
        return found


def perform(tree: Tree, play: Play) -> Told:
    """Work off a composition. Every step of it has another `task`, by which it is told of."""
    return _Stage(play).line([tree], Told(0.0, True, NOTHING), math.inf)


class _Once:
    """A callback of a chain: it starts at the first of its parts that fails."""

    def __init__(self, tree: Tree) -> None:
        self._trees: tuple[Tree, ...] = (tree,)

    def take(self) -> tuple[Tree, ...]:
        taken, self._trees = self._trees, ()
        return taken


@dataclass(frozen=True)
class _Stage:
    """Works off parts of a tree. What has not ended at `until` is cancelled then."""

    play: Play

    def line(self, parts: Sequence[Tree], told: Told, until: float, once: tuple[_Once, ...] = ()) -> Told:
        """Go through what comes one after the other."""
        for part in parts:
            told = self._part(part, told, until, once)
        return told

    def _part(self, part: Tree, before: Told, until: float, once: tuple[_Once, ...]) -> Told:
        if isinstance(part, Chain):
            own = tuple(map(_Once, part.link_error))
            told = self.line(part.elements, before, until, (*once, *own))
            return self._branches(part.link, told) if told.ok and not told.tolerated else told
        told, ended = self._step(part, before, until) if isinstance(part, Step) else self._group(part, before, until)
        if not ended or told.cut:
            return told
        callbacks = part.link if told.ok else (*part.link_error, *(tree for each in once for tree in each.take()))
        told = self._branches(callbacks, told)
        return replace(told, ok=True, value=None, tolerated=True) if part.tolerant and not told.ok else told

    def _step(self, step: Step, before: Told, until: float) -> tuple[Told, bool]:
        """What a step comes to, and whether that is an end of its own; else that of the one before it still holds."""
        if step.handler is before.ok or (before.cut and not before.ok):
            return before, False
        received = before.value if before.ok else _record(before.failed)
        received = received if step.takes_input else NOTHING
        if before.at >= until:
            return _cut(before, step, until, before.ran), True
        act = self.play(step, received)
        end = before.at + act.seconds
        if end > until:
            return _cut(before, step, until, (*before.ran, Ran(step.task, received, "cancelled"))), True
        ran = (*before.ran, Ran(step.task, received, "succeeded" if act.ok else "failed"))
        if act.ok:
            return Told(end, True, act.value, ran=ran), True
        return Told(end, False, culprit=step.task, failed=(step.task,), ran=ran), True

    def _branches(self, trees: Sequence[Tree], told: Told) -> Told:
        """What starts beside what follows. It goes on whatever becomes of the rest."""
        ran = told.ran
        for tree in trees:
            value = told.value if told.ok else _record(told.failed)
            ran = self.line([tree], Told(told.at, True, value, ran=ran), math.inf).ran
        return replace(told, ran=ran)

    def _group(self, group: Group, before: Told, until: float) -> tuple[Told, bool]:
        if not before.ok:
            return before, False
        ends = self._members(group, before, until)
        limit = _doomed_at(group, ends)
        if group.fail_fast and limit < until and group.policy is not Policy.ANY:
            ends, until = self._members(group, before, limit), math.inf
        ran = before.ran + tuple(one for end in ends for one in end.ran)
        told = _of_group(group, ends, before.at)
        if until < math.inf and told.at >= until and any(end.cut for end in ends):
            # Half of a group is not what was asked for, whatever it may do without.
            told = replace(told if group.policy is Policy.ANY else _lost(ends, until), at=until, cut=True)
        return replace(told, ran=ran), True

    def _members(self, group: Group, before: Told, until: float) -> list[Told]:
        start = replace(before, ran=())
        return [self.line([member], start, until) for member in members_of(group)]


def members_of(group: Group) -> Iterator[Tree]:
    """The members; those of a group that says nothing but its members, at its place (C31)."""
    for member in group.members:
        if isinstance(member, Group) and member == Group(members=member.members):
            yield from members_of(member)
        else:
            yield member


def _cut(before: Told, step: Step, until: float, ran: tuple[Ran, ...]) -> Told:
    return Told(max(before.at, until), False, culprit=step.task, failed=(step.task,), ran=ran, cut=True)


def _record(failed: Sequence[str]) -> Any:
    return {"failed": sorted(set(failed))}


def _doomed_at(group: Group, ends: Sequence[Told]) -> float:
    """When a group cannot succeed any more, or of a settled one when a member has failed."""
    failures = sorted(end.at for end in ends if not end.ok)
    spared = group.max_fail if group.policy is Policy.ALL else 0
    return failures[spared] if len(failures) > spared else math.inf


def _lost(ends: Sequence[Told], last: float) -> Told:
    failures = sorted((end for end in ends if not end.ok), key=lambda end: (end.at, end.cut))
    return Told(
        last,
        False,
        culprit=failures[0].culprit if failures else "",
        failed=tuple(end.culprit for end in failures),
    )


def _of_group(group: Group, ends: Sequence[Told], start: float) -> Told:
    last = max((end.at for end in ends), default=start)
    failures = [end for end in ends if not end.ok]
    lost = _lost(ends, last)
    if group.policy is Policy.SETTLED:
        return Told(
            last, True, [{"ok": end.ok, "value": end.value, "error": None if end.ok else end.culprit} for end in ends]
        )
    if group.policy is Policy.ANY and ends:
        successes = sorted((end for end in ends if end.ok), key=lambda end: (end.at, end.cut))
        return Told(successes[0].at, True, successes[0].value) if successes else lost
    if len(failures) > group.max_fail:
        return lost
    return Told(last, True, [end.value if end.ok else None for end in ends])
