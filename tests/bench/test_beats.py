"""The beat measured: how late it fires among 1,000 schedules, how soon another takes over, what it costs while idle.

Run with `python -m pytest tests/bench/test_beats.py -m bench`. The figures are shown, whatever comes of the bars.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from qctl.model.occurrence import End
from qctl.store.schedule_reading import ScheduleReading
from tests.bench.scale.gauge import Gauge
from tests.integration.worker.workshop import Workshop
from tests.support import PrivateRedis, eventually

pytestmark = pytest.mark.bench

MANY = 1000
WATCHED = 30.0  #: seconds


@pytest.fixture
def shop(tmp_path: Path, server: PrivateRedis) -> Iterator[Workshop]:
    shop = Workshop(tmp_path, server.url, "bench")
    yield shop
    shop.close()


def declare(shop: Workshop, schedule: str, count: int = MANY) -> list[str]:
    """So many tasks with a schedule each. Answers the names."""
    names = [f"t{number}" for number in range(count)]
    shop.declare("\n".join(f"[tasks.{name}]\nrun = 'true'\nschedule = {schedule}" for name in names))
    return names


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print, past pytest."""

    def shown(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return shown


class Beat:
    """One `qctl beat`, while it is used."""

    def __init__(self, shop: Workshop) -> None:
        words = [sys.executable, "-m", "qctl", "--file", str(shop.file), "--redis", shop.url]
        words += ["--namespace", shop.namespace, "beat"]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self) -> Beat:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def declared(shop: Workshop, count: int) -> None:
    """Wait until a beat has declared all of them."""
    eventually(lambda: shop.redis("SCARD", shop.store.keys.schedules) == count, within=60.0, every=0.05)


@pytest.mark.parametrize(
    ("schedule", "bar"), [('"H/10 * * * * *"', 100), ('"*/10 * * * * *"', 250)], ids=["spread", "all at once"]
)
def test_how_late_a_thousand_schedules_are_fired(
    shop: Workshop, server: PrivateRedis, schedule: str, bar: int, show: Callable[[str], None]
) -> None:
    """`bar`: ms that the 99th percentile may be late."""
    names = declare(shop, f'{{ cron = {schedule}, overlap = "allow" }}')
    with Beat(shop) as beat, redis.Redis(unix_socket_path=str(server.socket)) as client:
        declared(shop, MANY)
        gauge, before = Gauge(client), beat.cpu()
        time.sleep(WATCHED)
        spent, of_beat = gauge.end().cpu_s, beat.cpu() - before
        reading = ScheduleReading(shop.store)
        rows = [row for name in names for row in reading.ledger(name, 100)]
    late = sorted(row.recorded_ms - row.at_ms for row in rows)
    assert {row.end for row in rows} == {End.FIRED}
    p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
    cost = f"a firing: beat {of_beat / len(rows) * 1e6:.0f} us, Redis {spent / len(rows) * 1e6:.0f} us"
    show(f"{len(rows)} firings of {MANY} schedules {schedule}: p50 {p50}, p99 {p99}, worst {late[-1]} ms late; {cost}")
    assert p99 < bar


def test_how_soon_another_beat_takes_over(shop: Workshop, show: Callable[[str], None]) -> None:
    declare(shop, '{ cron = "* * * * * *", overlap = "allow" }', count=1)
    reading = ScheduleReading(shop.store)
    gaps = []
    for _ in range(3):
        with Beat(shop) as first:
            eventually(lambda: reading.ledger("t0", 1), within=20.0)
            with Beat(shop):
                eventually(lambda: len(reading.beats()) >= 2, within=20.0)
                time.sleep(2)
                first.process.send_signal(signal.SIGKILL)
                time.sleep(12)
                rows = reading.ledger("t0", 30)
        written = sorted(row.recorded_ms for row in rows)
        gaps.append(max(after - before for before, after in pairwise(written)))
        shop.redis("FLUSHALL")
    show(f"longest silence after the firing beat was killed: {', '.join(f'{gap} ms' for gap in gaps)}")
    assert max(gaps) < 10_000


def test_what_a_beat_costs_while_nothing_is_due(shop: Workshop, show: Callable[[str], None]) -> None:
    figures = []
    for count in (10, MANY):
        shop.redis("FLUSHALL")
        declare(shop, '"0 0 1 1 *"', count)
        with Beat(shop) as beat:
            declared(shop, count)
            time.sleep(3)
            before = beat.cpu()
            time.sleep(WATCHED)
            figures.append((count, (beat.cpu() - before) / WATCHED * 100))
    show("; ".join(f"idle beat with {count} schedules: {share:.2f} % of a core" for count, share in figures))
    assert max(share for _, share in figures) < 0.3
