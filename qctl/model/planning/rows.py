"""Rows of the ledger, and one row for many."""

from __future__ import annotations

from itertools import groupby

from qctl.classes import replace
from qctl.model.occurrence import End, Occurrence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.cron import Due

NAMED: Final = 4  #: merged times that are named one by one
SEPARATELY: Final = 100  #: the newest rows of a plan, each of which stands for itself


def row(turn: int, due: Due, end: End, *, job: str = "", note: str = "") -> Occurrence:
    """The row of one instant."""
    return Occurrence(at_ms=due.ms, end=end, job=job, note=note, turn=turn)


def note_of(due: Due) -> str:
    """What there is to say of an instant where clocks jump."""
    if len(due.walls) < 2:
        return due.note
    walls = [f"{wall:%H:%M}" for wall in due.walls]
    listed = ", ".join(walls) if len(walls) <= NAMED else f"{walls[0]} to {walls[-1]}"
    return f"{due.note} ({listed})" if due.note else f"{len(walls)} occurrences merged: {listed}"


def summarised(rows: Sequence[Occurrence], separately: int = SEPARATELY) -> tuple[Occurrence, ...]:
    """The same in order; of many, neighbours that ended alike share a row, but for the newest ones."""
    ordered = sorted(rows, key=lambda each: each.at_ms)
    old = ordered[: max(0, len(ordered) - separately)]
    return (*(_one_for(list(alike)) for _, alike in groupby(old, _likeness)), *ordered[len(old) :])


def _likeness(one: Occurrence) -> tuple[object, ...]:
    return (one.end, one.job, one.note) if one.end is not End.FIRED else (one.end, one.job, one.at_ms)


def _one_for(alike: Sequence[Occurrence]) -> Occurrence:
    """A row that stands for several. It may be asked of rows that stand for several themselves."""
    first, last = alike[0], alike[-1]
    if first is last:
        return first
    since = first.since_ms if first.since_ms is not None else first.at_ms
    return replace(last, count=sum(each.count for each in alike), since_ms=since)
