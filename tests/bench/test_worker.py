"""The worker measured: drain beside huey's process worker, pick-up latency, idle CPU, memory of the tree.

On a Redis with `appendfsync everysec`, all in the same run. Figures are told as ratios where a machine's speed would
decide; run with `python -m pytest tests/bench -m bench -s`.
"""

from __future__ import annotations

import compileall
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import qctl
from qctl.model.call import Kind
from tests.integration.worker.workshop import Workshop
from tests.support import PrivateRedis, eventually
from tests.support.processes import children

pytestmark = pytest.mark.bench

JOBS = 20_000
NOOP = '[tasks.noop]\ncall = "jobs:noop"\n[tasks.stamp]\ncall = "jobs:stamp"\n'
STAMP = """
def stamp():
    at = time.time()
    fd = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{current.job_id} {at}\\n".encode())
    os.close(fd)
"""
HUEY = """
from huey import RedisHuey
huey = RedisHuey("bench", url={url!r}, results=True, store_none=True)

@huey.task()
def noop():
    pass
"""


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    """A shared Redis as people run it."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "everysec").start()
    yield server
    server.remove()


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    """qctl as pip leaves it, like the peers: with its bytecode, even where PYTHONDONTWRITEBYTECODE is set."""
    compileall.compile_dir(Path(qctl.__file__).parent, quiet=2)


@pytest.fixture
def shop(tmp_path: Path, server: PrivateRedis) -> Iterator[Workshop]:
    """Workers over it."""
    shop = Workshop(tmp_path, server.url, "bench")
    (tmp_path / "jobs.py").write_text((tmp_path / "jobs.py").read_text() + STAMP)
    shop.declare(NOOP)
    yield shop
    shop.close()


def drain_of_ours(shop: Workshop) -> float:
    """Seconds from the start of a worker with two slots until 20,000 jobs have ended."""
    shop.redis("FLUSHALL")
    shop.submit_many("noop", JOBS, Kind.CALL)
    start = time.monotonic()
    worker = shop.worker(level="WARNING", json_logs=False)
    ended = shop.store.keys.ended("noop")
    eventually(lambda: shop.redis("ZCARD", ended) == JOBS, within=120.0, every=0.02)
    took = time.monotonic() - start
    worker.stop()
    return took


def drain_of_hueys(shop: Workshop) -> float:
    """The same for huey's consumer with two processes, results kept."""
    shop.redis("FLUSHALL")
    (shop.folder / "hueyapp.py").write_text(HUEY.format(url=shop.url))
    surroundings = os.environ | {"PYTHONPATH": str(shop.folder)}
    fill = f"import hueyapp\nfor _ in range({JOBS}): hueyapp.noop()"
    subprocess.run([sys.executable, "-c", fill], env=surroundings, check=True)
    start = time.monotonic()
    consumer = subprocess.Popen(
        [sys.executable, "-m", "huey.bin.huey_consumer", "hueyapp.huey", "-k", "process", "-w", "2", "-q"],
        env=surroundings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: shop.redis("HLEN", "huey.results.bench") == JOBS, within=240.0, every=0.02)
    took = time.monotonic() - start
    consumer.send_signal(signal.SIGINT)
    consumer.wait()
    return took


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(below for child in children(pid) for below in tree(child.pid))]


def pss_mb(pid: int) -> float:
    """Memory of a tree, shared pages counted once."""
    sizes = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in tree(pid)]
    return sum(int(text.split("\nPss:")[1].split()[0]) for text in sizes) / 1024


def cpu_seconds(pid: int) -> float:
    """CPU time of a tree so far."""
    ticks = 0
    for one in tree(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def test_a_drain_is_at_least_two_and_a_half_times_hueys(shop: Workshop) -> None:
    pytest.importorskip("huey")
    hueys, ours = [], []
    for _ in range(3):
        hueys.append(drain_of_hueys(shop))
        ours.append(drain_of_ours(shop))
        print(f"\nhuey {JOBS / hueys[-1]:,.0f} jobs/s, qctl {JOBS / ours[-1]:,.0f} jobs/s")
    ratio = sum(hueys) / sum(ours)
    print(f"all in all {ratio:.2f} times")

    assert ratio >= 2.5


def test_an_idle_worker_picks_a_job_up_within_milliseconds(shop: Workshop) -> None:
    shop.ready_worker()
    latencies = []
    for _ in range(300):
        sent = time.time()
        id_ = shop.submit("stamp", Kind.CALL)
        eventually(lambda id_=id_: id_ in shop.runs(), every=0.02)  # type: ignore[misc]
        line = next(line for line in shop.record.read_text().splitlines() if line.startswith(id_))
        latencies.append(float(line.split()[1]) - sent)
        shop.ended(id_)
        shop.record.unlink()
    latencies.sort()
    p50, p99 = latencies[150] * 1000, latencies[296] * 1000
    print(f"\npick-up: p50 {p50:.2f} ms, p99 {p99:.2f} ms")

    assert p50 < 2.0
    assert p99 < 15.0


def test_an_idle_worker_uses_almost_no_cpu_and_little_memory(shop: Workshop) -> None:
    worker = shop.ready_worker()
    shop.ended(shop.submit("noop", Kind.CALL))
    before, start = cpu_seconds(worker.pid), time.monotonic()
    eventually(lambda: time.monotonic() - start > 20.0, within=30.0, every=1.0)
    used = (cpu_seconds(worker.pid) - before) / (time.monotonic() - start)
    memory = pss_mb(worker.pid)
    print(f"\nidle: {used:.2%} of a core; PSS of the tree at -c 2: {memory:.1f} MB")

    assert used < 0.005
    assert memory < 70.0
