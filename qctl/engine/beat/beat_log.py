"""What a beat says of its firings in its log: each once, not at every tick."""

from __future__ import annotations

from qctl.clock import rfc3339
from qctl.engine.journal import Level
from qctl.model.occurrence import End
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.engine.beat.entry import Entry
    from qctl.engine.journal import Journal
    from qctl.model.occurrence import Occurrence

WELL: Final = 2  #: starts in a row, after which what is in the way is news again


class BeatLog:
    """Writes to the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._said_unset = False
        self._broken: set[tuple[str, str]] = set()

    def fired(self, entry: Entry, rows: Sequence[Occurrence]) -> None:
        """Say what became of instants."""
        name = entry.name
        for row in rows:
            if row.end is End.FIRED:
                entry.hushed = max(0, entry.hushed - 1)
                if self._journal.writes(Level.DEBUG):  # the ledger has them all
                    said = f"schedule {name} starts job {row.job} for {rfc3339(row.at_ms)}"
                    self._journal.debug("fire", said, schedule=name, job=row.job)
            elif row.end in (End.OVERLAP, End.QUEUE_FULL, End.UNIQUE):
                self._in_the_way(entry, row)
            else:
                said = f"schedule {name} at {rfc3339(row.at_ms)}: {row.end.value}"
                self._journal.debug("occurrence", said, schedule=name, end=row.end.value)
        missed = sum(row.count for row in rows if row.end is End.MISSED)
        if missed:
            said = f"schedule {name} has missed {count(missed, 'occurrence')}: qctl schedule missed {name}"
            self._journal.warning("missed", said, schedule=name)

    def _in_the_way(self, entry: Entry, row: Occurrence) -> None:
        """Say that something keeps a schedule from running, until it is well again: one line, not 1440 a day (O12)."""
        hushed, entry.hushed = entry.hushed, WELL
        if hushed:
            return
        by = f"job {row.job} has not ended" if row.job else "its queue is full"
        said = f"schedule {entry.name} is not started at {rfc3339(row.at_ms)} ({row.end.value}): {by}"
        self._journal.warning("skipped", said, schedule=entry.name)

    def dropped(self, entry: Entry, number: int) -> None:
        """Say that there was too much to make up for (C11)."""
        said = f"schedule {entry.name}: {count(number, 'missed run')} are too many to make up for, and are dropped"
        self._journal.warning("dropped", said, schedule=entry.name)

    def broken(self, entry: Entry, why: str) -> None:
        """Say that no job can be made of a schedule's task."""
        if (entry.name, why) not in self._broken:
            self._broken.add((entry.name, why))
            self._journal.error("broken", f"schedule {entry.name} cannot start its task: {why}", schedule=entry.name)

    def clock_not_set(self, now_ms: int) -> None:
        """Say that the server's clock cannot be right (C5)."""
        if not self._said_unset:
            self._said_unset = True
            said = f"the clock is not set yet: the server says {rfc3339(now_ms)}; only @reboot and @start are fired"
            self._journal.warning("clock", said)
