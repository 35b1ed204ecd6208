"""A whole server's crontab, imported and run for a year, against the port of cron's minute loop, instant by instant.

What differs is what the scheduling tables announce, each by its name, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pytest

from qctl.config import Config, load
from qctl.config.crontab import Circumstances, Draft, Imported, Origin, draft_table, render
from qctl.config.timetable import schedules, zone_of
from qctl.model.crontab import DEBIAN, read_table
from qctl.model.schedule import Schedule
from qctl.model.timing import ByCron
from tests.support.minute_loop import MINUTE, Clock, Entry, Start, loop
from tests.support.source import ROOT

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
AROUND = timedelta(days=1, hours=12)  #: of each change of clocks, in which the dense lines are compared
DENSE = 4  #: times a day

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


@dataclass(frozen=True)
class Server:
    """The crontabs of a server, imported into a tasks.toml and loaded."""

    tasks: tuple[Imported, ...]
    config: Config
    bad: tuple[str, ...]

    def schedules(self, zone: str) -> Iterator[tuple[Imported, Schedule]]:
        found = {each.task: each for each in schedules(self.config, "qctl", zone)}
        for task in self.tasks:
            if task.name in found:
                yield task, found[task.name]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    draft, about = Draft(), Circumstances(daemon=DEBIAN)
    for name, users in (("crontab.system", True), ("crontab.user", False)):
        text = (ROOT / "tests" / "data" / name).read_text()
        draft_table(draft, read_table(text, DEBIAN, users=users), Origin(label=name, owner="shop"), about)
    path = Path(tmp_path_factory.mktemp("server"), "tasks.toml")
    path.write_text(render(draft, "a server", "qctl"))
    return Server(tuple(draft.tasks), load(str(path)), tuple(bad.text for _, bad in draft.bad))


def test_every_line_is_imported_or_told_to_be_bad(server: Server) -> None:
    assert len(server.tasks) > 50
    assert len(server.bad) == 3
    assert not server.config.problems
    assert {task.name for task in server.tasks} == set(server.config.tasks)
    assert {task.name for task in server.tasks if task.reason} == {"never", *MAPPED_LINES}, "none begins to run"


@pytest.mark.parametrize("zone", MERGED_IN)
def test_a_year_differs_from_crons_by_what_is_announced_alone(server: Server, zone: str) -> None:
    seen: dict[str, str] = {}
    for task, schedule in server.schedules(zone):
        if isinstance(schedule.timing, ByCron):
            difference = compare(when_of(task), schedule, zone)
            if difference:
                seen[task.name] = difference
    assert seen == dict.fromkeys(MERGED_IN[zone], MERGED) | dict.fromkeys(MAPPED_LINES, MAPPED)


def when_of(task: Imported) -> str:
    """The fields as cron reads them, from the line as it stands."""
    words = task.text.split()
    return words[0] if words[0].startswith("@") else " ".join(words[:5])


def compare(when: str, schedule: Schedule, zone: str) -> str:
    """What differs, MERGED, MAPPED or in figures; empty: nothing does."""
    entry = Entry.parse(when)
    difference = ""
    for first, last in spans(entry, zone):
        clock = Clock(zone, first, last)
        theirs = list(loop(entry, clock, first, last))
        ours = list(fired(schedule, zone, first, last))
        if ours == [start.at for start in theirs]:
            continue
        merged = sorted({on_time(start, clock) for start in theirs})
        if ours == merged:
            difference = MERGED
        elif not any(entry.between(0, 2_000_000)) and ours:
            return MAPPED
        else:
            odd = sorted(set(ours) ^ set(merged))[:3]
            return f"{when}: {[datetime.fromtimestamp(at, UTC).isoformat() for at in odd]}"
    return difference


def on_time(start: Start, clock: Clock) -> int:
    """Of one that is made up for: its own minute, or if clocks have skipped that the first one after it."""
    if not start.late:
        return start.at
    change = max(each for each in clock.changes if each * MINUTE <= start.at)
    return max(change, start.minute - (clock.local(change) - change)) * MINUTE


def fired(schedule: Schedule, zone: str, first: datetime, last: datetime) -> Iterator[int]:
    """The instants of a schedule after one date, up to another, in UTC seconds."""
    end = int(last.timestamp()) * 1000
    due = schedule.timing.upcoming(int(first.timestamp()) * 1000, zone_of(zone), 0)
    return (each.ms // 1000 for each in takewhile(lambda each: each.ms <= end, due))


def spans(entry: Entry, zone: str) -> list[tuple[datetime, datetime]]:
    """The whole year, or of a dense line the days around each change of the clocks."""
    if len(entry.times) <= DENSE:
        return [(FIRST, LAST)]
    changes = [datetime.fromtimestamp(at * MINUTE, UTC) for at in Clock(zone, FIRST, LAST).changes]
    return [(at - AROUND, at + AROUND) for at in changes] or [(FIRST, FIRST + 2 * AROUND)]
