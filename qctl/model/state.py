"""The life of a job: its states, how it can end, and the moves that are lawful.

Each move has exactly one script in the store, of the same name; whatever ends a job also does `follow` for those that
wait for it, and starts the nodes of its workflow that come after it. A workflow goes straight to `running`: no worker
takes it, and it runs as long as its nodes do. The diagram in the README is drawn from `MOVES`.
"""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final


class State(StrEnum):
    """Where a job is. A job that is not ENDED is called active."""

    WAITING = "waiting"  #: for other jobs to succeed
    SCHEDULED = "scheduled"  #: until its ETA, or until its next attempt
    QUEUED = "queued"
    RUNNING = "running"  #: owned by one worker, under one fence
    ENDED = "ended"  #: for good, with an Outcome


class Outcome(StrEnum):
    """How a job ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    LOST = "lost"


#: Outcomes that are failures: nobody cancelled these jobs, nor did they come too late.
FAILURES: Final = frozenset({Outcome.FAILED.value, Outcome.TIMEOUT.value, Outcome.LOST.value})


class Reason(StrEnum):
    """Why a job ended as it did, or why one attempt did."""

    EXIT = "exit"
    SIGNAL = "signal"  #: the death of a shell job's own process
    EXCEPTION = "exception"
    CRASHED = "crashed"  #: the death of the slot that ran it
    OOM = "oom"
    NOT_STARTED = "not_started"
    TIMEOUT = "timeout"
    BY_USER = "by_user"
    EXPIRED = "expired"
    UPSTREAM_FAILED = "upstream_failed"
    UPSTREAM_CANCELLED = "upstream_cancelled"
    STOPPED = "stopped"
    WORKER_LOST = "worker_lost"
    RESULT_REJECTED = "result_rejected"
    UNKNOWN_TASK = "unknown_task"


@dataclass(frozen=True, slots=True)
class Move:
    """One change of state. `None` stands for a job that the store does not hold."""

    origins: frozenset[State | None]
    targets: frozenset[State | None]
    meaning: str


def _move(origins: set[State | None], targets: set[State | None], meaning: str) -> Move:
    return Move(frozenset(origins), frozenset(targets), meaning)


#: verb -> move. One script, one test file and one log action bear each name.
MOVES: Final[Mapping[str, Move]] = {
    "submit": _move({None}, {*State}, "asked for, or in vain"),
    "fire": _move({None}, {State.WAITING, State.SCHEDULED, State.QUEUED, State.RUNNING}, "its schedule was due"),
    "follow": _move(
        {State.WAITING},
        {State.SCHEDULED, State.QUEUED, State.RUNNING, State.ENDED},
        "those before it have ended, or one in vain",
    ),
    "tell": _move({None}, {State.QUEUED}, "a notice became a job"),
    "promote": _move({State.SCHEDULED}, {State.QUEUED, State.RUNNING, State.ENDED}, "due, or expired"),
    "claim": _move({State.QUEUED}, {State.RUNNING, State.ENDED}, "taken by a worker, or expired"),
    "complete": _move({State.RUNNING}, {State.ENDED}, "succeeded"),
    "bury": _move({State.RUNNING}, {State.ENDED}, "ended without success"),
    "retry": _move({State.RUNNING}, {State.SCHEDULED, State.ENDED}, "an attempt failed, another follows"),
    "release": _move({State.RUNNING}, {State.QUEUED, State.ENDED}, "given back, nothing charged"),
    "reclaim": _move({State.RUNNING}, {State.QUEUED, State.ENDED}, "its worker died"),
    "cancel": _move({State.WAITING, State.SCHEDULED, State.QUEUED}, {State.ENDED}, "cancelled before it ran"),
    "revive": _move({State.ENDED}, {State.WAITING, State.QUEUED, State.RUNNING}, "retried by hand"),
    "replace": _move({State.RUNNING}, {State.WAITING, State.ENDED}, "a workflow takes its place"),
    "remove": _move({State.ENDED}, {None}, "removed by hand"),
    "forget": _move({State.ENDED}, {None}, "past its retention"),
}
