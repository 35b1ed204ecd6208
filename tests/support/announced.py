"""Where qctl fires the lines of tests/data/crontab.* otherwise than cron does: what the scheduling tables announce.

Everything that compares a year of firings with the port of cron's minute loop holds to this one list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.support.minute_loop import MINUTE, Clock, Entry, Start, loop

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
DENSE = 4  #: times a day; a line that runs more often is compared around the changes of clocks alone

MERGED = "D2, D3: times that clocks skip run once, where cron starts each of them"
MAPPED = "E11, E13: a range that runs backwards is read as it was meant, where cron never runs it"
#: zone -> the lines whose runs are merged there; those of MAPPED differ everywhere.
MERGED_IN = {
    "Europe/Berlin": {"half-hours", "hourly-fixed", "reindex", "sync-prices"},
    "America/Santiago": {"hourly-fixed", "watch-midnight"},
    "Australia/Lord_Howe": {"half-hours"},
    "America/Havana": {"hourly-fixed", "watch-midnight"},
    "UTC": set[str](),
}
MAPPED_LINES = {"weekend-that-never-was", "night-that-never-was"}


def announced(zone: str) -> set[tuple[str, str]]:
    """Names of the lines that differ in a zone, each with what differs."""
    return {(name, MERGED) for name in MERGED_IN[zone]} | {(name, MAPPED) for name in MAPPED_LINES}


def when_of(line: str) -> str:
    """The fields as cron reads them, from a line as it stands."""
    words = line.split()
    return words[0] if words[0].startswith("@") else " ".join(words[:5])


def is_dense(when: str) -> bool:
    """Whether a line runs more often than a few times a day."""
    return len(Entry.parse(when).times) > DENSE


def changes(zone: str) -> list[datetime]:
    """When the clocks of a zone are changed in the year."""
    return [datetime.fromtimestamp(at * MINUTE, UTC) for at in Clock(zone, FIRST, LAST).changes]


def around(zone: str, margin: timedelta) -> list[tuple[datetime, datetime]]:
    """The time around each change of clocks; of a zone without, the same length of the beginning of the year."""
    return [(at - margin, at + margin) for at in changes(zone)] or [(FIRST, FIRST + 2 * margin)]


def crons(when: str, zone: str, first: datetime, last: datetime) -> Counter[int]:
    """The instants, in UTC seconds, at which cron starts a line, each with how many of its starts are for it.

    One that it makes up for some seconds behind another counts at its own minute, or, where clocks have skipped that,
    at the first one after it.
    """
    clock = Clock(zone, first, last)
    return Counter(_on_time(start, clock) for start in loop(Entry.parse(when), clock, first, last))


def difference(when: str, theirs: Counter[int], ours: Sequence[int]) -> str:
    """What differs: MERGED, MAPPED, or in figures; empty: nothing does."""
    if list(ours) == sorted(theirs.elements()):
        return ""
    if list(ours) == sorted(theirs):
        return MERGED
    if not any(Entry.parse(when).between(0, 2_000_000)) and ours:
        return MAPPED
    odd = sorted(set(ours) ^ set(theirs))[:3]
    return f"{when}: {[datetime.fromtimestamp(at, UTC).isoformat() for at in odd]}"


def _on_time(start: Start, clock: Clock) -> int:
    if not start.late:
        return start.at
    change = max(each for each in clock.changes if each * MINUTE <= start.at)
    return max(change, start.minute - (clock.local(change) - change)) * MINUTE
