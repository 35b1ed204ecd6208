"""Beats are killed, stopped and cut off from Redis over 500 ticks: each tick is fired once, and none is passed over.

Three records are compared: the ledgers, the jobs, and outside of the store one line for every run.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from qctl.model.job import Job
from qctl.model.occurrence import End
from qctl.store.schedule_reading import ScheduleReading
from tests.integration.worker.workshop import Workshop
from tests.support import PrivateRedis, eventually

SCHEDULES = 10
TICKS = 500
PERIOD_MS = 250
STRIKE_EVERY = TICKS // 16

#: `catchup = "all"`, so that a tick which came late is still a run of its own.
TICK = "\n".join(
    ["[tasks.tick]", 'call = "jobs:marked"', "schedule = ["]
    + [
        f'  {{ name = "s{number}", every = "{PERIOD_MS}ms", overlap = "allow", catchup = "all" }},'
        for number in range(SCHEDULES)
    ]
    + ["]"]
)

#: A beat as the command starts it, but for protections that it may lack.
_START = """
import json, sys
from qctl.engine.beat import BeatOptions
from qctl.engine.beat.alone import run_beat
from qctl.engine.journal import Level
said = json.loads(sys.argv[1])
if said["without"]:
    from tests.support.altered_qctl import alter
    alter(said["without"], ())
sys.exit(run_beat(BeatOptions(redis=said["url"], namespace=said["namespace"], level=Level.WARNING), said["file"]))
"""


@pytest.fixture
def own_redis() -> Iterator[PrivateRedis]:
    """A Redis that may be killed: what it has acknowledged is on its disk."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
    yield server
    server.remove()


class Beats:
    """Some beats over one Redis, and what happens to them."""

    def __init__(self, shop: Workshop, server: PrivateRedis, count: int, seed: int, without: tuple[str, ...]) -> None:
        self.shop, self.server, self.without = shop, server, without
        self.dice = random.Random(seed)
        self.struck: Counter[str] = Counter()
        self.stopped: list[subprocess.Popen[bytes]] = []
        self.all: list[subprocess.Popen[bytes]] = []
        self.live = [self._start() for _ in range(count)]

    def strike(self) -> None:
        """Do one bad thing; who was stopped at the last one goes on, and finds that time has passed."""
        while self.stopped:
            self.stopped.pop().send_signal(signal.SIGCONT)
        kind = self.dice.choices(["kill", "stop", "redis"], [3, 6, 1])[0]
        self.struck[kind] += 1
        match kind:
            case "kill":
                victim = self.live.pop(self.dice.randrange(len(self.live)))
                victim.kill()
                victim.wait()
                self.live.append(self._start())
            case "stop":
                victim = self.dice.choice(self.live)
                victim.send_signal(signal.SIGSTOP)
                self.stopped.append(victim)
            case _:
                self.server.kill()
                self.server.start()

    def replace(self, dead: subprocess.Popen[bytes]) -> None:
        """Start another in the place of one that is dead."""
        self.live.remove(dead)
        self.live.append(self._start())

    def close(self) -> None:
        for one in self.all:
            one.kill()
            one.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        said: dict[str, object] = {"url": self.shop.url, "namespace": self.shop.namespace}
        said |= {"file": str(self.shop.file), "without": self.without}
        log = (self.shop.folder / f"beat{len(self.all)}.log").open("wb")
        with log:
            one = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(said)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.all.append(one)
        return one


class Told:
    """What the ledgers, the jobs and the outside record say, each about the same ticks."""

    def __init__(self, shop: Workshop) -> None:
        reading = ScheduleReading(shop.store)
        self.fired: dict[str, list[str]] = {}
        self.missed: list[str] = []
        for number in range(SCHEDULES):
            name = f"tick.s{number}"
            state = reading.state(name)
            assert state is not None
            rows = [row for row in reading.ledger(name, 10_000) if not row.manual]
            for row in rows:
                assert (row.at_ms - state.origin_ms) % PERIOD_MS == 0
                if row.end is End.FIRED:
                    self.fired.setdefault(f"{name}@{row.at_ms}", []).append(row.job)
            wanted = range(state.origin_ms + PERIOD_MS, state.cursor_ms + 1, PERIOD_MS)
            self.missed += [f"{name}@{at}" for at in wanted if f"{name}@{at}" not in self.fired]

    @property
    def ticks(self) -> int:
        return len(self.fired)

    @property
    def doubled(self) -> list[str]:
        return [tick for tick, jobs in self.fired.items() if len(jobs) != 1]

    @property
    def jobs(self) -> set[str]:
        return {job for jobs in self.fired.values() for job in jobs}


def ticks(shop: Workshop) -> int:
    """How many rows the ledgers have."""
    keys = shop.store.keys
    return sum(shop.redis("ZCARD", keys.ledger(f"tick.s{number}")) for number in range(SCHEDULES))


def storm(
    tmp_path: Path,
    server: PrivateRedis,
    count: int,
    seed: int,
    without: tuple[str, ...] = (),
    namespace: str = "beats",
) -> Told:
    """Let beats fire 500 ticks amid bad things. Answers what was recorded when all is quiet again."""
    shop = Workshop(tmp_path, server.url, namespace)
    shop.declare(TICK)
    shop.worker(level="WARNING")
    beats = Beats(shop, server, count, seed, without)
    next_strike = STRIKE_EVERY

    def enough() -> bool:
        nonlocal next_strike
        told = ticks(shop)
        if next_strike <= told < TICKS:
            beats.strike()
            next_strike += STRIKE_EVERY
        return told >= TICKS

    try:
        eventually(enough, within=150.0, every=0.02)
        beats.close()
        told = Told(shop)
        eventually(lambda: all(job.ended for job in shop.read.jobs(sorted(told.jobs))), within=30.0, every=0.1)
        runs = shop.runs()
        assert set(runs) == told.jobs
        assert set(runs.values()) == {1}
        assert min(beats.struck[kind] for kind in ("kill", "stop", "redis")) > 0, beats.struck
        return told
    finally:
        beats.close()
        shop.close()


@pytest.mark.parametrize(("count", "seed"), [(2, 1), (3, 2)])
def test_beats_that_are_killed_stopped_and_cut_off_pass_over_no_tick_and_fire_none_twice(
    tmp_path: Path, own_redis: PrivateRedis, count: int, seed: int
) -> None:
    """C18 and C21, faults 62 to 64: whichever beat fires, and whenever it wakes."""
    told = storm(tmp_path, own_redis, count, seed)

    assert told.ticks >= TICKS
    assert (told.missed, told.doubled) == ([], [])


def test_without_the_comparison_of_cursors_ticks_are_fired_twice(tmp_path: Path, own_redis: PrivateRedis) -> None:
    def doubled(seed: int) -> list[str]:
        folder = tmp_path / str(seed)
        folder.mkdir()
        return storm(folder, own_redis, 3, seed, ("cursor",), f"beats{seed}").doubled

    assert any(map(doubled, (1, 2, 3))), "beats that keep each other from firing twice by something else"


class Hunter:
    """Kills whichever beat fires, each second, as soon as it is known: one that is dead may still stand there."""

    def __init__(self, beats: Beats, reading: ScheduleReading) -> None:
        self.killed = 0
        self._beats, self._reading = beats, reading
        self._began = self._next = time.monotonic()

    def hunt_for(self, seconds: float) -> bool:
        """Kill if it is time to. Answers whether so much time has passed."""
        if time.monotonic() > self._next:
            self._next += 1
            self._kill()
        return time.monotonic() > self._began + seconds

    def _kill(self) -> None:
        state = self._reading.state("tick.s0")
        pids = {beat.id: beat.about.get("pid") for beat in self._reading.beats()}
        firing = pids.get(state.fired_by) if state else None
        victim = next((one for one in self._beats.live if one.pid == firing), None)
        if victim is not None:
            victim.kill()
            victim.wait()
            self._beats.replace(victim)
            self.killed += 1


@pytest.mark.nightly
def test_whoever_fires_is_killed_each_second_for_a_minute_and_another_goes_on_in_time(
    tmp_path: Path, own_redis: PrivateRedis
) -> None:
    """Fault 64: no tick is passed over, none fired twice, and none ten seconds late."""
    shop = Workshop(tmp_path, own_redis.url, "leaders")
    shop.declare(TICK)
    shop.worker(level="WARNING")
    beats, reading = Beats(shop, own_redis, 5, 1, ()), ScheduleReading(shop.store)
    try:
        eventually(lambda: len(reading.beats()) == 5 and ticks(shop) > 10 * SCHEDULES, within=60.0)
        hunter = Hunter(beats, reading)
        eventually(lambda: hunter.hunt_for(60), within=120.0, every=0.02)
        last = shop.read.now_ms()
        eventually(lambda: ticks_up_to(reading) > last, within=20.0, every=0.2)
        beats.close()
        told = Told(shop)
        eventually(lambda: all(job.ended for job in shop.read.jobs(sorted(told.jobs))), within=60.0, every=0.2)

        late = lateness(told, shop.read.jobs(sorted(told.jobs)))
        print(f"\nfault 64: {hunter.killed} beats killed, {told.ticks} ticks, the latest {max(late)} ms late")
        assert (told.missed, told.doubled) == ([], [])
        assert set(shop.runs().values()) == {1}
        assert hunter.killed >= 12
        assert told.ticks >= 60 * SCHEDULES * 1000 / PERIOD_MS
        assert max(late) <= 10_000
    finally:
        beats.close()
        shop.close()


def ticks_up_to(reading: ScheduleReading) -> int:
    """Up to when all schedules have fired, in ms."""
    states = [reading.state(f"tick.s{number}") for number in range(SCHEDULES)]
    return min(state.cursor_ms for state in states if state)


def lateness(told: Told, jobs: Sequence[Job]) -> list[int]:
    """Of each tick, by how many ms it was fired late."""
    known = {job.id: job for job in jobs}
    return [known[ids[0]].enqueued_ms - int(tick.rpartition("@")[2]) for tick, ids in told.fired.items()]
