"""Failures that are the same error, whatever numbers and addresses stand in their messages."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from qctl.classes import dataclass
from qctl.clock import rfc3339
from qctl.model.attempt import fingerprint
from qctl.model.job_words import beside_cause
from qctl.model.show import signal_words
from qctl.model.state import FAILURES, Outcome, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Final

    from qctl.model.ending import Ending

SCHEMA: Final = "qctl.error_group/1"

_fingerprint = lru_cache(maxsize=4096)(fingerprint)
_Kind = tuple[str, str, str, int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorGroup:
    """One error and how often it came."""

    fingerprint: str  #: of the jobs' `error`; the outcome, reason, code and signal are alike as well
    newest: Ending  #: as an example
    count: int
    tasks: tuple[str, ...]  #: the one that fails most by it first
    titles: tuple[str, ...] = ()  #: as people are told of them: of commands given at the call their first words
    jobs: tuple[str, ...] = ()  #: those that failed by it, newest first

    @property
    def next(self) -> str:
        """The next command to type."""
        return f"qctl show {self.newest.id}"


def group_errors(endings: Iterable[Ending]) -> list[ErrorGroup]:
    """The errors among ended jobs that are told newest first; the most frequent error comes first.

    A workflow that ended as one of its jobs did is not told beside that.
    """
    groups: dict[_Kind, list[Ending]] = {}
    for one in endings:
        if one.outcome in FAILURES and not one.by_its_steps:
            groups.setdefault(_kind(one), []).append(one)
    found = [_group(kind, members) for kind, members in groups.items()]
    return sorted(found, key=lambda group: (-group.count, -group.newest.ended_ms, group.fingerprint))


def _kind(one: Ending) -> _Kind:
    """What is alike in failures of one kind."""
    message = _fingerprint(one.error_type, one.error_message)
    return message, one.outcome, one.reason, one.exit_code, one.signal


def _group(kind: _Kind, members: Sequence[Ending]) -> ErrorGroup:
    return ErrorGroup(
        fingerprint=kind[0],
        newest=members[0],
        count=len(members),
        jobs=tuple(one.id for one in members),
        tasks=_most_first(one.task for one in members),
        titles=_most_first(one.title for one in members),
    )


def _most_first(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in sorted(Counter(names).items(), key=lambda pair: (-pair[1], pair[0])))


def cause(one: Ending) -> str:
    """What ended a job, in a few words: `exit 22`, `signal 9 SIGKILL`, `timeout`, `ValueError`, `out of memory`."""
    if one.outcome == Outcome.TIMEOUT:
        return "timeout"
    if one.reason == Reason.OOM:
        return "out of memory"
    if one.signal is not None:
        return signal_words(one.signal)
    if one.reason == Reason.EXCEPTION and one.error_type:
        return one.error_type
    if one.reason == Reason.EXIT and one.exit_code is not None:
        return f"exit {one.exit_code}"
    return one.reason.replace("_", " ") or one.outcome


def message_of(one: Ending) -> str:
    """What its error says beside its cause; empty if that is all there is."""
    return beside_cause(one.error_message, cause(one))


def error_group_view(group: ErrorGroup) -> dict[str, Any]:
    """An error as `qctl.error_group/1`. Its message, code and signal are those of the newest job that failed by it."""
    one = group.newest
    return {
        "schema": SCHEMA,
        "fingerprint": group.fingerprint,
        "type": one.error_type or None,
        "message": one.error_message or None,
        "outcome": one.outcome,
        "reason": one.reason or None,
        "exit_code": one.exit_code,
        "signal": one.signal,
        "count": group.count,
        "last_at": rfc3339(one.ended_ms),
        "tasks": list(group.tasks),
        "example": one.id,
        "next": group.next,
    }
