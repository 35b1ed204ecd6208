"""Beats that a test drives by hand, over a real server whose clock it sets."""

from __future__ import annotations

import math
import os
import selectors
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from qctl.config import Watch, load
from qctl.engine.beat import Beat, BeatOptions
from qctl.engine.beat.alone import station_of
from qctl.engine.journal import Level
from qctl.engine.reload import Reload
from qctl.model.job import Job
from qctl.model.occurrence import Occurrence
from qctl.store import Command, Reading, ScheduleReading, Store, address_of, open_store
from qctl.store.schedule_values import ScheduleState
from tests.support import FakeClock, eventually
from tests.support.faked_server import FakedServer, moment_of


class DrivenBeat:
    """One beat in this process. Its monotonic clock moves when the test says so; the server's is the server's."""

    def __init__(self, desk: Desk, name: str, file: Path, boot: str | None = None) -> None:
        self.clock = FakeClock()
        self.turns = 0
        self._selector = selectors.DefaultSelector()
        self._log = desk.folder / f"{name}.log"
        self._sink = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        config = load(str(file))
        options = BeatOptions(name=name, namespace=desk.namespace, log_to=self._sink, level=Level.DEBUG)
        address = address_of(desk.server.url, desk.namespace)
        self.station = station_of(options, config, address, self._selector, embedded=False)
        self.station.clock = self.clock.monotonic
        if boot is not None:
            self.station.identity = replace(self.station.identity, boot=boot)
        self.beat = Beat(self.station, spread=desk.spread)
        self.reload = Reload(self.station, Watch(config), self.clock.monotonic())
        self.closed = False

    @property
    def log(self) -> str:
        return self._log.read_text()

    def step(self, patience: float = 0.002) -> None:
        """One turn of the loop, which waits for so long for an answer."""
        self.turns += 1
        for key, _ in self._selector.select(patience):
            key.data(self.clock.monotonic())
        now = self.clock.monotonic()
        for duty in (self.station.line, self.reload, self.beat):
            if duty.next_due() <= now:
                duty.run_once(now)

    @property
    def has_an_answer(self) -> bool:
        """Whether something that was not read yet has come from the server."""
        return any(events & selectors.EVENT_READ for _, events in self._selector.select(0))

    @property
    def idle(self) -> bool:
        """Whether all that is due has been asked and answered."""
        line = self.station.line
        return line.up and not line.busy and self.beat.settled and self.beat.next_due() > self.clock.monotonic()

    def settle(self) -> None:
        """Do all that is due. For what only waits for a moment, that passes."""

        def done() -> bool:
            self.step()
            due = self.beat.next_due()
            if not self.station.line.busy and not self.beat.settled and self.clock.monotonic() < due < math.inf:
                self.clock.advance(due - self.clock.monotonic())
            return self.idle

        eventually(done, within=10.0, every=0.0)

    def settle_until_gone(self) -> None:
        """Let it leave."""

        def done() -> bool:
            self.step()
            return self.beat.gone

        eventually(done, within=10.0, every=0.0)
        self.close()

    def wait(self, seconds: float = 5.0) -> None:
        """Let time pass for this beat, and do what is due then."""
        self.clock.advance(seconds)
        self.settle()

    def look_at_the_clock(self) -> None:
        """Ask the server what time it is, as each pulse does, and do what is due then."""
        self.beat._pulse.hurry()
        self.settle()

    def take_up(self) -> None:
        """Read the file again, as at SIGHUP."""
        self.reload.hang_up(self.clock.monotonic())
        self.settle()

    def close(self) -> None:
        """Break off, as a kill would."""
        if not self.closed:
            self.closed = True
            self.station.line.close()
            self._selector.close()
            os.close(self._sink)


class Desk:
    """A tasks.toml, a server whose clock is set by hand, and the store to look into."""

    def __init__(self, folder: Path, server: FakedServer, namespace: str) -> None:
        self.folder, self.server, self.namespace = folder, server, namespace
        self.file = folder / "tasks.toml"
        self.spread = 3.0
        self.store: Store = open_store(server.url, namespace, timeout=5.0)
        self.schedules = ScheduleReading(self.store)
        self.read = Reading(self.store)
        self.beats: list[DrivenBeat] = []

    def declare(self, *schedules: str, head: str = 'timezone = "UTC"', file: Path | None = None) -> None:
        """Write tasks.toml: tasks `a`, `b` … with these schedules, each as TOML has it."""
        text = f"[qctl]\n{head}\n"
        for name, said in zip("abcdefgh", schedules, strict=False):
            text += f"[tasks.{name}]\nrun = 'true'\nschedule = {said}\n"
        self.write(text, file)

    def write(self, text: str, file: Path | None = None) -> None:
        """Write tasks.toml."""
        target = file or self.file
        new = target.with_suffix(".new")
        new.write_text(text)
        new.rename(target)

    def start(self, name: str = "b1", file: Path | None = None, boot: str | None = None) -> DrivenBeat:
        """Start a beat, and let it declare all that it has to."""
        beat = DrivenBeat(self, name, file or self.file, boot)
        self.beats.append(beat)
        beat.settle()
        return beat

    def at(self, moment: str, *beats: DrivenBeat) -> None:
        """Let time pass for the server and all beats up to a moment (UTC); every beat, or these, does what is due.

        Of what these did meanwhile only this is told: that they gave their pulses. The others slept.
        """
        then = moment_of(moment)
        passed = (then - self.server.now()).total_seconds()
        assert passed > 0, "time passes; to set the clock, `step` is there"
        self.server.set(then)
        for beat in self._alive:
            beat.clock.advance(passed)
        awake = beats or self._alive
        for beat in awake:
            self.order(Command(("ZADD", self.store.keys.beats, round(then.timestamp() * 1000), beat.beat.id), int))
        for beat in awake:
            beat.look_at_the_clock()

    def step(self, moment: str, *beats: DrivenBeat) -> None:
        """Set the server's clock (UTC) while no time passes; every beat, or these, sees it with its next pulse."""
        self.server.set(moment)
        for beat in beats or self._alive:
            beat.look_at_the_clock()

    @property
    def _alive(self) -> list[DrivenBeat]:
        return [each for each in self.beats if not each.closed]

    def rows(self, name: str = "a", zone: str = "UTC") -> list[str]:
        """A ledger, oldest first, as `03-29 02:30 fired`, in a zone."""
        return [self.told(row, zone) for row in reversed(self.schedules.ledger(name, 1000))]

    def told(self, row: Occurrence, zone: str = "UTC") -> str:
        """One row as text."""
        at = datetime.fromtimestamp(row.at_ms / 1000, UTC).astimezone(ZoneInfo(zone))
        several = f" x{row.count}" if row.count > 1 else ""
        return f"{at:%m-%d %H:%M} {row.end.value}{several}"

    def state(self, name: str = "a") -> ScheduleState:
        """A schedule as the store knows it."""
        state = self.schedules.state(name)
        assert state is not None
        return state

    def jobs(self, name: str = "a") -> list[Job]:
        """The jobs of a schedule's ledger, oldest first."""
        ids = [row.job for row in reversed(self.schedules.ledger(name, 1000)) if row.end.value == "fired"]
        return [self.read.job(id_) for id_ in ids]

    def end_jobs(self, name: str = "a") -> None:
        """End the active jobs of a schedule."""
        self.store.do(self.store.verbs.cancel(list(self.state(name).active), {"by": "test"}))

    def order(self, *said: Any) -> None:
        """Ask one thing of the store."""
        for command in said:
            self.store.do(command)

    def flush(self) -> None:
        """Empty the server."""
        self.order(Command(("FLUSHALL",), str))

    def close(self) -> None:
        """End everything."""
        for beat in self.beats:
            beat.close()
        self.store.close()
