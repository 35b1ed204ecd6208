"""What becomes of a composition, told from its tree alone: the reference for all that works off plans.

A play is a clock that nobody else has: each step takes as long as its `Act` says, and everything follows from that.
Values are JSON; an error record is `{"failed": [names]}`, a settled member `{"ok", "value", "error": name or None}`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from itertools import count
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from qctl.model.workflow.tree import Chain, Group, Policy, Step, Tree

AN_INSTANT: Final = 1e-9  #: s; what would start so shortly before all is stopped does not
NOTHING: Final = "(nothing)"  #: what a step receives that is given no value


class Act(NamedTuple):
    """What a step does: how long it takes, whether it succeeds, and what it leaves."""

    seconds: float
    ok: bool = True
    value: Any = None
    adds: tuple[Tree, ...] = ()  #: members that it adds to the group that it is in, when it begins
    instead: Tree | None = None  #: what takes its place when it has succeeded


class Ran(NamedTuple):
    """A step that has run."""

    step: str
    received: Any
    outcome: str  #: succeeded, failed or cancelled


Play = Callable[[Step, Any], Act]  #: what a step does with what it receives


class Feed(NamedTuple):
    """What is added to an open group from outside, and when there is no more."""

    members: tuple[tuple[float, Tree], ...]
    sealed_at: float


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
    added: tuple[tuple[float, Tree], ...] = ()  #: members that were added to the group around it, and when

    @property
    def outcome(self) -> str:
        return "succeeded" if self.ok else "failed"

    def steps(self) -> dict[str, Ran]:
        """By name, the steps that have run. Fails if one ran twice."""
        found = {ran.step: ran for ran in self.ran}
        assert len(found) == len(self.ran), "a step ran twice"
        return found


def perform(
    tree: Tree,
    play: Play,
    *,
    until: float = math.inf,
    cancels: Mapping[str, float] = MappingProxyType({}),
    feed: Feed | None = None,
) -> Told:
    """Work off a composition. Every step of it has another `task`, by which it is told of.

    All of it is stopped at `until`; `cancels` says by step when it alone is cancelled; `feed` is of the open group.
    """
    return _Stage(play, until, cancels, feed).line([tree], Told(0.0, True, NOTHING), until)


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
    until: float  #: nothing goes on then
    cancels: Mapping[str, float]
    feed: Feed | None

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
        alone = self.cancels.get(step.task, math.inf)
        if alone <= before.at < until:
            return _own_end(before, step, before.at), True
        if before.at >= until - AN_INSTANT:
            return _cut(before, step, until, before.ran), True
        stop = min(until, alone)
        act = self.play(step, received)
        told = replace(
            before, at=before.at + act.seconds, cut=False, ran=(), added=(*before.added, *_at(before.at, act.adds))
        )
        if act.instead is not None and act.ok and told.at < stop:
            inner = self.line([act.instead], Told(told.at, True, NOTHING), stop)
            told = replace(inner, added=told.added)
            act = act._replace(ok=inner.ok, value=inner.value)
        late = told.at > stop or told.cut
        outcome = "cancelled" if late else "succeeded" if act.ok else "failed"
        ran = (*before.ran, Ran(step.task, received, outcome), *told.ran)
        if late:
            end = _cut(before, step, until, ran) if stop == until else _own_end(before, step, stop, ran)
            return replace(end, added=told.added), True
        if act.ok:
            return Told(told.at, True, act.value, ran=ran, added=told.added), True
        return replace(_own_end(before, step, told.at, ran), added=told.added), True

    def _branches(self, trees: Sequence[Tree], told: Told) -> Told:
        """What starts beside what follows. It goes on whatever becomes of the rest."""
        ran = told.ran
        for tree in trees:
            value = told.value if told.ok else _record(told.failed)
            ran = self.line([tree], Told(told.at, True, value, ran=ran), self.until).ran
        return replace(told, ran=ran)

    def _group(self, group: Group, before: Told, until: float) -> tuple[Told, bool]:
        if not before.ok:
            return before, False
        ends = self._members(group, before, until)
        limit = _doomed_at(group, ends)
        if group.fail_fast and limit < until and group.policy is not Policy.ANY:
            ends = self._members(group, before, math.nextafter(limit, math.inf))  # what comes of itself comes first
        ran = before.ran + tuple(one for end in ends for one in end.ran)
        told = _of_group(group, ends, before.at)
        fed = group.open and self.feed is not None and self.feed.sealed_at > before.at
        if fed and self.feed and not (group.policy is Policy.ANY and told.ok):
            told = replace(told, at=max(told.at, self.feed.sealed_at))
        if until < math.inf and told.at >= until and (fed or any(end.cut and end.at >= until for end in ends)):
            # Half of a group is not what was asked for, whatever it may do without.
            told = replace(told if group.policy is Policy.ANY else _lost(ends, until), at=until, cut=True)
        return replace(told, ran=ran, added=before.added), True

    def _members(self, group: Group, before: Told, until: float) -> list[Told]:
        start = replace(before, ran=(), added=())
        members = list(members_of(group))
        fed = [
            (at, one) for at, tree in (self.feed.members if group.open and self.feed else ()) for one in _unrolled(tree)
        ]
        members += [one for at, one in fed if at <= before.at]
        coming = [(before.at, place, member) for place, member in enumerate(members)]
        later = count(len(members))
        coming += [(at, next(later), one) for at, one in fed if at > before.at]
        ends: list[Told] = []
        while coming:
            at, place, member = heappop(coming)
            if (
                place >= len(members)
                and group.policy is Policy.ANY
                and any(end.ok and not end.cut and end.at <= at for end in ends)
            ):
                continue  # it is over: nobody adds to it
            begin = min(max(before.at, at, _room_at(group, ends)), max(at, before.at, until))
            ends.append(self.line([member], replace(start, at=begin), until))
            for added_at, tree in ends[-1].added:
                heappush(coming, (added_at, next(later), tree))
        return ends


def members_of(group: Group) -> Iterator[Tree]:
    """The members; those of a group that says nothing but its members, at its place (C31)."""
    for member in group.members:
        yield from _unrolled(member)


def _unrolled(member: Tree) -> Iterator[Tree]:
    if isinstance(member, Group) and member == Group(members=member.members):
        yield from members_of(member)
    else:
        yield member


def _room_at(group: Group, ends: Sequence[Told]) -> float:
    """When the next member has room, of those that may be under way at a time."""
    if group.max_parallel is None or len(ends) < group.max_parallel:
        return 0.0
    return sorted(end.at for end in ends)[len(ends) - group.max_parallel]


def _at(at: float, trees: Sequence[Tree]) -> tuple[tuple[float, Tree], ...]:
    return tuple((at, member) for tree in trees for member in _unrolled(tree))


def _own_end(before: Told, step: Step, at: float, ran: tuple[Ran, ...] | None = None) -> Told:
    """A step that failed, or was cancelled by its name."""
    ran = before.ran if ran is None else ran
    return Told(at, False, culprit=step.task, failed=(step.task,), ran=ran, added=before.added)


def _cut(before: Told, step: Step, until: float, ran: tuple[Ran, ...]) -> Told:
    return Told(
        max(before.at, until), False, culprit=step.task, failed=(step.task,), ran=ran, cut=True, added=before.added
    )


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
