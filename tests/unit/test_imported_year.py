"""A whole server's crontab, imported and run for a year, against the port of cron's minute loop, instant by instant.

What differs is what the scheduling tables announce, each by its name, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pytest

from qctl.config import Config, load
from qctl.config.crontab import Circumstances, Draft, Imported, Origin, draft_table, render
from qctl.config.timetable import schedules, zone_of
from qctl.model.crontab import DEBIAN, read_table
from qctl.model.schedule import Schedule
from qctl.model.timing import ByCron
from tests.support.announced import (
    FIRST,
    LAST,
    MAPPED_LINES,
    MERGED_IN,
    announced,
    around,
    crons,
    difference,
    is_dense,
    when_of,
)
from tests.support.source import ROOT

AROUND = timedelta(days=1, hours=12)  #: of each change of clocks, in which the dense lines are compared


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
    seen: set[tuple[str, str]] = set()
    for task, schedule in server.schedules(zone):
        if isinstance(schedule.timing, ByCron):
            seen |= {(task.name, said) for said in compare(when_of(task.text), schedule, zone)}
    assert seen == announced(zone)


def compare(when: str, schedule: Schedule, zone: str) -> set[str]:
    """What differs over the whole year, or of a dense line over the days around each change of the clocks."""
    spans = around(zone, AROUND) if is_dense(when) else [(FIRST, LAST)]
    found = {
        difference(when, crons(when, zone, first, last), list(fired(schedule, zone, first, last)))
        for first, last in spans
    }
    return found - {""}


def fired(schedule: Schedule, zone: str, first: datetime, last: datetime) -> Iterator[int]:
    """The instants of a schedule after one date, up to another, in UTC seconds."""
    end = int(last.timestamp()) * 1000
    due = schedule.timing.upcoming(int(first.timestamp()) * 1000, zone_of(zone), 0)
    return (each.ms // 1000 for each in takewhile(lambda each: each.ms <= end, due))
