"""Queues as they stand: how many jobs of each are ready, held back, running and scheduled."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.errors import QctlError
from qctl.store.command import Command
from qctl.store.refusals import WrongType
from qctl.store.replies import said_in, same, text, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from qctl.store.keys import Keys
    from qctl.store.pauses import Pause
    from qctl.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue as it stands."""

    name: str
    ready: int
    running: int
    scheduled: int
    oldest_ms: int | None  #: when the job that is next was submitted
    retrying: int = 0  #: of the scheduled ones, those that have been tried
    estimated: bool = False  #: `scheduled` and `retrying`, from a sample of all scheduled jobs of the namespace
    parked: int = 0  #: held back by a limit
    pause: Pause | None = None  #: its own; that of all queues stands under `Reading.pauses`
    rule: Mapping[str, Any] = field(default_factory=dict)  #: its limits: see `model.rules`


def asked_of_queues(keys: Keys, names: Iterable[str]) -> list[Command[Any]]:
    """What is asked of queues: of each how many jobs are ready, which is next, how many are held back, and its rule."""
    commands: list[Command[Any]] = []
    for name in names:
        commands.append(Command(("ZCARD", keys.ready(name)), int))
        commands.append(Command(("ZRANGE", keys.ready(name), 0, 0), texts))
        commands.append(Command(("SCARD", keys.parked_in(name)), int))
        commands.append(Command(("HGET", keys.rules, f"queue:{name}"), said_in))
    return commands


@dataclass(frozen=True, slots=True)
class Facts:
    """What is counted of a job that lives."""

    queue: str
    submitted_ms: int
    attempt: int


class Counted:
    """How many jobs of each queue run and are scheduled."""

    def __init__(self, facts: Mapping[str, Facts], owned: Sequence[str], waiting: Sequence[str], total: int) -> None:
        self._facts = facts
        self._running = _counts(facts[job].queue for job in owned if job in facts)
        self._due = _counts(facts[job].queue for job in waiting if job in facts)
        self._again = _counts(facts[job].queue for job in waiting if job in facts and facts[job].attempt)
        self._each = total / len(waiting) if waiting else 1.0
        self._estimated = len(waiting) < total

    def queue(self, name: str, line: Sequence[Any], pause: Pause | None) -> Queue:
        """A queue, by what was answered of it."""
        ready, head, parked, rule = line
        first = self._facts.get(head[0]) if head else None
        return Queue(
            name=name,
            ready=ready,
            running=self._running.get(name, 0),
            scheduled=round(self._due.get(name, 0) * self._each),
            retrying=round(self._again.get(name, 0) * self._each),
            estimated=self._estimated,
            oldest_ms=first.submitted_ms if first else None,
            parked=parked,
            pause=pause,
            rule=rule,
        )


def _counts(names: Iterable[str]) -> dict[str, int]:
    """How often each name is there, as `Counter` says; `collections` takes longer to import than all of this takes."""
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


def facts_of(store: Store, ids: Iterable[str]) -> dict[str, Facts]:
    """By id, facts of jobs that live; those that have ended since they were found are left out."""
    wanted = list(dict.fromkeys(ids))
    rows = store.ask_all([Command(("HMGET", store.keys.job(job), "q", "at", "n"), same) for job in wanted])
    facts: dict[str, Facts] = {}
    for job, row in zip(wanted, rows, strict=True):
        if isinstance(row, QctlError) and not isinstance(row, WrongType):
            raise row
        try:
            if isinstance(row, list) and row[0]:
                facts[job] = Facts(text(row[0]), int(row[1]), int(row[2] or 0))
        except (UnicodeDecodeError, TypeError, ValueError):  # somebody wrote it by hand
            continue
    return facts
