"""A whole server's crontab, imported by the command, and fired by a running beat for a year, as cron would have.

The clock of the beat and that of its server go on from what is due to what is due next, and the ledgers are compared
with the port instant by instant. What differs is what the scheduling tables announce, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qctl.engine.beat.entry import Entry
from qctl.model.occurrence import End
from tests.integration.beat.desk import Desk
from tests.support import Home
from tests.support.announced import (
    FIRST,
    LAST,
    MERGED,
    MERGED_IN,
    around,
    crons,
    difference,
    is_dense,
    when_of,
)
from tests.support.source import ROOT

AROUND = timedelta(hours=4)  #: of each change of clocks, in which every line is fired
MOST_TURNS = 1000  #: of the beat's loop, in which it must have fired what is due
MOST_ACTIVE = 200  #: jobs that may wait, for no worker runs
#: Nothing of the ledgers goes before it is compared.
HEAD = """[qctl]
retention = { age = "800d", runs = 100000 }
"""
USERS = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/sh\n"

Lines = dict[str, str]  #: the timing of each line that was imported, as cron reads it, by the name of its task


class Imported:
    """A server's crontabs, of which lines may be left out, as `qctl import crontab --write` makes them a tasks.toml."""

    def __init__(self, home: Home, zone: str, wanted: Callable[[str], bool]) -> None:
        self._home, self._wanted = home, wanted
        self._image = home.folder / "image"
        (self._image / "etc").mkdir(parents=True)
        (self._image / "etc" / "passwd").write_text(USERS)
        self.file = home.write("tasks.toml", HEAD)
        self._copy("crontab.system", self._image / "etc" / "crontab")
        self._copy("crontab.user", home.folder / "crontab")
        self.lines = self._import("--system", "--root", self._image) | self._import(home.folder / "crontab")
        written = self.file.read_text()  # the server is moved to another zone than that of this machine
        self.file.write_text(written.replace(HEAD, f'{HEAD}timezone = "{zone}"\n'))

    def _copy(self, name: str, to: Path) -> None:
        lines = (ROOT / "tests" / "data" / name).read_text().splitlines()
        to.write_text("".join(f"{line if self._keeps(line) else f'#{line}'}\n" for line in lines))
        to.chmod(0o644)

    def _keeps(self, line: str) -> bool:
        if not line[:1] or line[0] not in "@*0123456789" or line.startswith("@reboot"):
            return True
        try:
            return self._wanted(when_of(line))
        except ValueError:  # what cron refuses
            return True

    def _import(self, *words: str | Path) -> Lines:
        answer = self._home.run("import", "crontab", *words, "--write", "-o", "json")
        said = json.loads(answer.stdout)
        assert said["changed"], answer
        timed = [task for task in said["tasks"] if task["enabled"] and not task["text"].startswith("@reboot")]
        return {task["name"]: when_of(task["text"]) for task in timed}


class Year:
    """A beat over what was imported. Time passes, from what is due to what is due next."""

    def __init__(self, desk: Desk, imported: Imported) -> None:
        self.desk, self.imported = desk, imported
        self._moment = FIRST

    def run(self, first: datetime, last: datetime) -> None:
        """Start a beat at a time, and let it fire all that is due up to another."""
        desk = self.desk
        self._moment = first
        desk.server.set(first + timedelta(milliseconds=100))
        beat = desk.start("year", self.imported.file)
        while (due := beat.beat.timetable.next_ms()) is not None and due <= last.timestamp() * 1000:
            at = datetime.fromtimestamp(due / 1000, UTC)
            assert at > self._moment, f"what was due at {at} is due still"
            passed, self._moment = at - self._moment, at
            desk.server.set(at + timedelta(milliseconds=100))
            beat.clock.advance(passed.total_seconds())
            turns = 0
            while turns < MOST_TURNS and not beat.idle:
                beat.step(0.01 if turns else 0.0)  # before the first nothing was asked
                turns += 1
            self._end_jobs(beat.beat.timetable.entries.values())
        beat.close()

    def differences(self, zone: str, first: datetime, last: datetime) -> set[tuple[str, str]]:
        """Names of lines whose ledgers say otherwise than cron does, each with what differs."""
        found = {(name, self._compare(name, when, zone, first, last)) for name, when in self.imported.lines.items()}
        return {(name, said) for name, said in found if said}

    def _compare(self, name: str, when: str, zone: str, first: datetime, last: datetime) -> str:
        rows = [
            row for row in reversed(self.desk.schedules.ledger(name, 100_000)) if row.at_ms > first.timestamp() * 1000
        ]
        if odd := [row for row in rows if row.end is not End.FIRED or row.turn or row.manual or row.at_ms % 60_000]:
            return f"{when}: {odd[:3]}"
        theirs = crons(when, zone, first, last)
        found = difference(when, theirs, [row.at_ms // 1000 for row in rows])
        told = {row.at_ms // 1000: row.note for row in rows if "occurrences merged" in row.note}
        several = {at: f"{count} occurrences merged" for at, count in theirs.items() if count > 1}
        if found in ("", MERGED) and not (
            told.keys() == several.keys() and all(several[at] in told[at] for at in told)
        ):
            return f"{when}: the ledger tells {told}, cron started {several}"
        return found

    def _end_jobs(self, entries: Iterable[Entry]) -> None:
        active = [job for entry in entries for job in entry.state.active]
        if len(active) > MOST_ACTIVE:
            self.desk.order(self.desk.store.verbs.cancel(active, {"by": "test"}))


def test_lines_of_some_times_a_day_are_fired_for_a_year_as_cron_does(desk: Desk, home: Home) -> None:
    zone = "Europe/Berlin"
    imported = Imported(home, zone, lambda when: not is_dense(when))
    year = Year(desk, imported)
    year.run(FIRST, LAST)
    expected = {(name, MERGED) for name in MERGED_IN[zone] if name in imported.lines}
    assert len(imported.lines) > 30
    assert year.differences(zone, FIRST, LAST) == expected


@pytest.mark.parametrize("zone", [zone for zone in MERGED_IN if zone != "UTC"])
def test_every_line_is_fired_around_the_changes_of_clocks_as_cron_does(desk: Desk, home: Home, zone: str) -> None:
    imported = Imported(home, zone, lambda when: True)
    year = Year(desk, imported)
    found: set[tuple[str, str]] = set()
    for first, last in around(zone, AROUND):
        year.run(first, last)
        found |= year.differences(zone, first, last)
        desk.flush()
    assert found == {(name, MERGED) for name in MERGED_IN[zone]}
