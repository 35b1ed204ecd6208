"""Where the jobs that a query means can be: what an index of the store may be asked for in place of reading them all.

A scope may hold jobs that the query does not mean; it never leaves one out.
"""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.dates import UTC, datetime
from qctl.later import later
from qctl.model.query_fields import ACTIVE as ANY_ACTIVE
from qctl.model.query_match import matches
from qctl.model.query_tree import Either, Every, Field, Measure, Not, Word
from qctl.model.state import Outcome, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from qctl.dates import tzinfo
    from qctl.model.query_tree import Query
    from qctl.model.when import since
else:
    since = later("qctl.model.when", "since")

#: The states of active jobs and the outcomes of ended ones: a job is in exactly one of them.
WHOLE: Final = frozenset(map(str, (*State, *Outcome))) - {State.ENDED.value}
ENDED: Final = frozenset(map(str, Outcome))
ACTIVE: Final = WHOLE - ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Bounds of what a query can mean. Times in ms since the epoch, of the end where a job has ended."""

    standings: frozenset[str] = WHOLE  #: states of active jobs, outcomes of ended ones
    tasks: frozenset[str] | None = None  #: patterns of names; None: any task
    queues: frozenset[str] | None = None  #: the same of queues
    since_ms: int | None = None
    until_ms: int | None = None  #: and not later than just before this

    @property
    def active(self) -> bool:
        """Whether there may be jobs that have not ended."""
        return not self.standings <= ENDED

    @property
    def ended(self) -> bool:
        """Whether there may be jobs that have ended."""
        return not self.standings.isdisjoint(ENDED)

    @property
    def unsuccessful(self) -> bool:
        """Whether no job that succeeded can be meant."""
        return Outcome.SUCCEEDED.value not in self.standings

    def holds_task(self, name: str) -> bool:
        """Whether jobs of this task can be meant."""
        return _held(self.tasks, name)

    def holds_queue(self, name: str) -> bool:
        """Whether jobs of this queue can be meant."""
        return _held(self.queues, name)

    def within(self, bounds: Scope) -> Scope:
        """This scope, cut down to what is also in these bounds."""
        return _both(self, bounds)


def scope(query: Query, now_ms: int, zone: tzinfo = UTC) -> Scope:
    """The bounds of a query from `parse`, at a time in ms since the epoch."""
    match query:
        case Field("state", value):
            return Scope(standings=_standings(value))
        case Field("task", value):
            return Scope(tasks=frozenset({value}))
        case Field("queue", value):
            return Scope(queues=frozenset({value}))
        case Field(("since" | "until") as name, value):
            edge = since(value, datetime.fromtimestamp(now_ms / 1000, UTC), zone).ms
            return Scope(since_ms=edge) if name == "since" else Scope(until_ms=edge)
        case Not(inner) if (standings := _of_standings_alone(inner)) is not None:
            return Scope(standings=WHOLE - standings)
        case Every(parts):
            found = Scope()
            for part in parts:
                found = _both(found, scope(part, now_ms, zone))
            return found
        case Either((first, *others)):
            found = scope(first, now_ms, zone)
            for part in others:
                found = _one(found, scope(part, now_ms, zone))
            return found
        case _:
            return Scope()


def names_time(query: Query) -> bool:
    """Whether it depends on what time it is which jobs are meant."""
    match query:
        case Measure():
            return True
        case Field(name):
            return name in ("since", "until")
        case Not(inner):
            return names_time(inner)
        case Every(parts) | Either(parts):
            return any(map(names_time, parts))
        case _:
            return False


def seeks_text(query: Query) -> bool:
    """Whether bare words are among it: those can be found by reading alone."""
    match query:
        case Word():
            return True
        case Not(inner):
            return seeks_text(inner)
        case Every(parts) | Either(parts):
            return any(map(seeks_text, parts))
        case _:
            return False


def _standings(value: str) -> frozenset[str]:
    if value == State.ENDED:
        return ENDED
    return ACTIVE if value == ANY_ACTIVE else frozenset({value})


def _of_standings_alone(query: Query) -> frozenset[str] | None:
    """The standings that a query of `state:` alone means; None if it says anything else, for that cannot be negated."""
    match query:
        case Field("state", value):
            return _standings(value)
        case Not(inner):
            negated = _of_standings_alone(inner)
            return None if negated is None else WHOLE - negated
        case Every(parts):
            found = _of_each(parts)
            return None if found is None else WHOLE.intersection(*found)
        case Either(parts):
            found = _of_each(parts)
            return None if found is None else frozenset[str]().union(*found)
        case _:
            return None


def _of_each(parts: Iterable[Query]) -> list[frozenset[str]] | None:
    found = [_of_standings_alone(part) for part in parts]
    known = [each for each in found if each is not None]
    return known if len(known) == len(found) else None


def _both(one: Scope, other: Scope) -> Scope:
    """What is in both. Of two sets of patterns one is kept: the meaning of their overlap is the predicate's matter."""
    return Scope(
        standings=one.standings & other.standings,
        tasks=one.tasks if one.tasks is not None else other.tasks,
        queues=one.queues if one.queues is not None else other.queues,
        since_ms=max((ms for ms in (one.since_ms, other.since_ms) if ms is not None), default=None),
        until_ms=min((ms for ms in (one.until_ms, other.until_ms) if ms is not None), default=None),
    )


def _one(one: Scope, other: Scope) -> Scope:
    """What is in one of the two."""
    since_ms = None if None in (one.since_ms, other.since_ms) else min(one.since_ms or 0, other.since_ms or 0)
    until_ms = None if None in (one.until_ms, other.until_ms) else max(one.until_ms or 0, other.until_ms or 0)
    return Scope(
        standings=one.standings | other.standings,
        tasks=_either(one.tasks, other.tasks),
        queues=_either(one.queues, other.queues),
        since_ms=since_ms,
        until_ms=until_ms,
    )


def _held(patterns: frozenset[str] | None, name: str) -> bool:
    return patterns is None or any(matches(pattern, name) for pattern in patterns)


def _either(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other
