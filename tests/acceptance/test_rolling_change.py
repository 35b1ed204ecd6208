"""Beats that do not agree: a change that goes from host to host, other tzdata, a clock ten years ahead.

Whoever fires, each second is fired once: the ledger and, outside of all that qctl keeps, one line for each run say so.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import TZPATH

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.store import ScheduleReading, Store, open_store
from tests.support import Home, Running, eventually
from tests.support.faked_server import faketime_library

#: `catchup = "all"`: what comes late on a slow machine is still a run of its own.
TASKS = """
[tasks.tick]
run = 'echo "$QCTL_SCHEDULED_FOR $edition" >> WORK/ticks'
params.edition = { type = "int" }
[tasks.tick.schedule]
cron = "* * * * * *"
timezone = "Europe/Berlin"
overlap = "allow"
catchup = "all"
with = { edition = 1 }
"""
NAMES = ("one", "two", "three")
SECOND = 1000
ALL_AGREE = "every beat holds the definitions that are in force"
TEN_YEARS_AHEAD = {
    "LD_PRELOAD": faketime_library(),
    "FAKETIME": "+10y",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "DONT_FAKE_MONOTONIC": "1",
}


class Fleet:
    """Beats with a file each, as on hosts of their own, over one Redis; and a worker that runs what they fire."""

    def __init__(self, home: Home, store: Store) -> None:
        self.home, self._schedules = home, ScheduleReading(store)
        self.beats: dict[str, Running] = {}
        self._write("worker", 1)
        self._worker = home.start("--file", "worker.toml", "worker", "-c", "2")

    def start(self, name: str, **variables: str) -> None:
        """Start a beat over a file of the first edition, and let it declare that."""
        self._write(name, 1)
        self.beats[name] = self.home.start("--file", f"{name}.toml", "beat", "--name", name, env=variables)
        self.beats[name].wait_for("action=schedules", within=30.0)

    def edit(self, name: str) -> None:
        """Change what the file of a beat says; when they come, its instants stay."""
        self._write(name, 2)
        self.beats[name].wait_for("action=reload", within=30.0)

    def doctor(self, check: str) -> str:
        """What `qctl doctor` found, as an operator asks it on the first host."""
        answer = self.home.run("--file", "one.toml", "doctor", "-o", "json")
        return str(next(item["found"] for item in json.loads(answer.stdout)["checks"] if item["name"] == check))

    def goes_on(self) -> None:
        """Wait until some more seconds have been fired."""
        before = len(self.ledger())
        eventually(lambda: len(self.ledger()) >= before + 3, within=30.0, every=0.05)

    def ledger(self) -> list[Occurrence]:
        """The rows, oldest first."""
        return self._schedules.ledger("tick", 10_000)[::-1]

    def fired_by(self, name: str) -> bool:
        """Whether the last second was fired by a beat."""
        state = self._schedules.state("tick")
        return state is not None and state.fired_by.startswith(f"{name}.")

    def stand_down(self, *labels: str) -> None:
        """Wait until these beats say that they leave the schedule to another, and doctor names them, and no others."""
        for label in labels:
            self.beats[label].wait_for("action=drift", within=30.0)
        said = rf"beat (\w+) on {re.escape(socket.gethostname())} stands down for 1 schedule \(tick\)"
        eventually(lambda: {*re.findall(said, self.doctor("drift"))} == {*labels}, within=60.0, every=0.1)

    def end(self) -> list[str]:
        """End the beats. Each second that has passed must have been fired once; answers the editions, oldest first."""
        for beat in self.beats.values():
            assert beat.stop(within=30.0).code == 0
        state, rows = self._schedules.state("tick"), self.ledger()
        assert state is not None
        first = -(-state.origin_ms // SECOND) * SECOND
        assert [row.at_ms for row in rows] == [*range(first, state.cursor_ms + 1, SECOND)]
        assert {row.end for row in rows} == {End.FIRED}
        eventually(lambda: len(self._runs()) >= len(rows), within=60.0, every=0.05)
        assert self._worker.stop(within=30.0).code == 0
        runs = sorted(self._runs())
        assert len({instant for instant, _ in runs}) == len(runs) == len(rows)
        return [edition for _, edition in runs]

    def _runs(self) -> list[tuple[str, str]]:
        file = self.home.work / "ticks"
        found = file.read_text().splitlines() if file.exists() else []
        return [(instant, edition) for instant, edition in map(str.split, found)]

    def _write(self, name: str, edition: int) -> Path:
        text = TASKS.replace("WORK", str(self.home.work)).replace("edition = 1", f"edition = {edition}")
        new = self.home.write(f"{name}.new", text)
        return new.rename(self.home.work / f"{name}.toml")


@pytest.fixture
def fleet(shared_home: Home, redis_url: str) -> Iterator[Fleet]:
    store = open_store(redis_url, shared_home.namespace or "qctl")
    yield Fleet(shared_home, store)
    store.close()


def test_a_change_that_goes_through_three_beats_misses_and_doubles_nothing(fleet: Fleet) -> None:
    """Fault 62: those with the older file stand down, and doctor names each."""
    for name in NAMES:
        fleet.start(name)
    assert fleet.doctor("drift") == ALL_AGREE
    fleet.goes_on()

    for number, name in enumerate(NAMES):
        fleet.edit(name)
        fleet.stand_down(*NAMES[number + 1 :])
        fleet.goes_on()

    assert fleet.doctor("drift") == ALL_AGREE
    editions = fleet.end()
    assert editions == sorted(editions)
    assert {*editions} == {"1", "2"}


def test_a_beat_with_other_tzdata_stands_down_and_is_named(fleet: Fleet, tmp_path: Path) -> None:
    """By its rules the same text means other instants, so it leaves the schedule to those who agree."""
    doctored = tmp_path / "zones" / "Europe" / "Berlin"
    doctored.parent.mkdir(parents=True)
    shutil.copy(zone_file("Africa/Lagos"), doctored)
    fleet.start("one")
    fleet.goes_on()
    fleet.start("two", PYTHONTZPATH=f"{tmp_path / 'zones'}")
    fleet.stand_down("two")
    assert "other tzdata" in fleet.doctor("drift")
    fleet.goes_on()
    fleet.end()


def test_a_beat_whose_clock_is_ten_years_ahead_stands_down_and_is_named(fleet: Fleet) -> None:
    """Fault 57: alone it fires by the server's clock; beside one whose clock is right it fires nothing."""
    fleet.start("ahead", **TEN_YEARS_AHEAD)
    fleet.goes_on()
    assert fleet.doctor("beat clocks").startswith("the clock differs from the server's: ahead on ")

    fleet.start("right")
    said = f"beat ahead on {socket.gethostname()} fires nothing: the clock of this host is "
    eventually(lambda: fleet.doctor("beat clocks").startswith(said), within=60.0, every=0.1)
    assert re.search(r"365\dd\S* ahead of the server's, and that of beat right is not", fleet.doctor("beat clocks"))
    fleet.goes_on()
    assert fleet.fired_by("right")
    fleet.end()


def zone_file(name: str) -> Path:
    """The rules of a zone as this machine has them."""
    return next(path for folder in TZPATH if (path := Path(folder, name)).exists())
