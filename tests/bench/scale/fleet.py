"""A fleet of 200 workers at one Redis: at rest, called, at work, when a quarter dies, when Redis starts again.

The workers are those of `workers`: real in all but their slots, in four processes.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import redis

from qctl.engine.lease import LEASE
from qctl.model.call import Call
from qctl.model.names import new_id
from qctl.store import Reading, Store, open_store
from tests.bench.scale.gauge import Gauge, as_people_run_it
from tests.bench.scale.workers import TASK
from tests.support import PrivateRedis, eventually
from tests.support.store_seed import a_job, submit

NAMESPACE = "fleet"
PROCESSES = 4
SLOTS = 2
JOB_S = 0.005
BODY = Call(task=TASK).encode()


class Fleet:
    """The processes, and what they write down."""

    def __init__(self, server: PrivateRedis, workers: int) -> None:
        self.server, self.workers = server, workers
        self.client = redis.Redis(unix_socket_path=str(server.socket))
        self.store: Store = open_store(server.url, NAMESPACE, timeout=60.0)
        self.gauge = Gauge(self.client)
        self._file = server.folder / "starts"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._read_to = 0

    def start(self, seconds: float = JOB_S) -> None:
        """Start all of them, and wait until the store knows them."""
        each = self.workers // PROCESSES
        for first in range(0, self.workers, each):
            words = (self.server.url, NAMESPACE, each, first, SLOTS, seconds, self._file)
            command = [sys.executable, "-m", "tests.bench.scale.workers", *map(str, words)]
            self._processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        eventually(lambda: self.known() == self.workers, within=60.0)

    def known(self) -> int:
        return int(self.client.zcard(self.store.keys.workers))

    def heard_ms(self) -> list[int]:
        """When each worker gave its last heartbeat, in order."""
        rows: Any = self.client.zrange(self.store.keys.workers, 0, -1, withscores=True)
        return [int(at) for _, at in rows]

    def starts(self) -> list[tuple[str, str, float]]:
        """The attempts that have begun since the last time: worker, job, time."""
        with self._file.open() as file:
            file.seek(self._read_to)
            text = file.read()
            self._read_to = file.tell()
        return [(worker, job, float(at)) for worker, job, at in map(str.split, text.splitlines())]

    def process_of(self, worker: str) -> int:
        """Which process has the worker of a host."""
        return int(worker.removeprefix("host")) // (self.workers // PROCESSES)

    def signal(self, number: int, process: int) -> None:
        """To one process, which has a quarter of them."""
        self._processes[process].send_signal(number)

    def submit(self, jobs: int) -> list[str]:
        ids = [new_id() for _ in range(jobs)]
        for first in range(0, jobs, 500):
            submit(self.store, *(a_job(job, TASK, BODY) for job in ids[first : first + 500]))
        return ids

    def cpu_s(self) -> float:
        """Processor time of the workers so far."""
        rows = [Path(f"/proc/{each.pid}/stat").read_text().rpartition(")")[2].split() for each in self._processes]
        return sum(int(row[11]) + int(row[12]) for row in rows) / 100

    def close(self) -> None:
        for each in self._processes:
            each.kill()
            each.wait()
        self.store.close()
        self.client.close()


@contextmanager
def a_fleet(workers: int, seconds: float = JOB_S) -> Iterator[Fleet]:
    """One at a server of its own."""
    server = as_people_run_it()
    fleet = Fleet(server, workers)
    try:
        fleet.start(seconds)
        yield fleet
    finally:
        fleet.close()
        server.remove()


Facts = dict[str, str]


def at_rest(fleet: Fleet, seconds: float = 30.0) -> Facts:
    time.sleep(5)
    before = fleet.cpu_s()
    fleet.gauge.begin()
    time.sleep(seconds)
    rest = fleet.gauge.end()
    clients = fleet.client.info("clients")["connected_clients"]
    return {
        "connections": f"{clients}, {fleet.gauge.memory('mem_clients_normal') / max(1, clients):,.0f} bytes each",
        "Redis at rest": f"{rest.cpu_percent:.2f} % of a core, {rest.cpu_percent / fleet.workers:.4f} % per worker",
        "scripts per worker and second": f"{rest.calls.get('evalsha', 0) / rest.seconds / fleet.workers:.2f}",
        "a worker's parent at rest": f"{(fleet.cpu_s() - before) / rest.seconds / fleet.workers * 100:.3f} % of a core",
    }


def called(fleet: Fleet, jobs: int = 200, pause: float = 0.05) -> Facts:
    """One job at a time: who is woken, and when it begins."""
    fleet.starts()
    fleet.gauge.begin()
    time.sleep(jobs * pause)
    rest = fleet.gauge.end()
    fleet.gauge.begin()
    began = {}
    for _ in range(jobs):
        at = time.time()
        began[fleet.submit(1)[0]] = at
        time.sleep(pause)
    work = fleet.gauge.end()
    starts = fleet.starts()
    late = sorted(1000 * (at - began[job]) for _, job, at in starts)
    woken = (work.calls["lpush" if "lpush" in work.calls else "rpush"]) / jobs
    more = (work.calls["evalsha"] - rest.calls["evalsha"] * work.seconds / rest.seconds) / jobs
    return {
        "a job is begun after": f"p50 {median(late):.1f} ms, p99 {late[len(late) * 99 // 100]:.1f} ms",
        "tokens and scripts per job": f"{woken:.2f} and {more:.2f} (submit, claim, complete)",
        "jobs begun, by how many workers": f"{len(starts)}, {len({worker for worker, _, _ in starts})}",
    }


def at_work(fleet: Fleet, jobs: int = 20_000) -> Facts:
    """A drain: who gets how much."""
    fleet.starts()
    fleet.gauge.begin()
    fleet.submit(jobs)
    found: list[tuple[str, str, float]] = []

    def all_begun() -> bool:
        found.extend(fleet.starts())
        return len(found) >= jobs

    eventually(all_begun, within=300.0, every=0.2)
    drain = fleet.gauge.end()
    shares = sorted(Counter(worker for worker, _, _ in found).values())
    none = fleet.workers - len(shares)
    return {
        "drain": f"{jobs / drain.seconds:,.0f} jobs/s as simulated, Redis {drain.cpu_s / jobs * 1e6:.0f} us per job",
        "jobs of a worker": f"least {0 if none else shares[0]}, median {median(shares):.0f}, most {shares[-1]}",
        "begun twice": str(len(found) - len({job for _, job, _ in found})),
    }


def a_quarter_dies(fleet: Fleet) -> Facts:
    """50 of 200, some with jobs that last: these are begun anew by the others."""
    fleet.submit(fleet.workers)
    eventually(lambda: _running(fleet) == fleet.workers, within=30.0)
    homes = {job: fleet.process_of(worker) for worker, job, _ in fleet.starts()}
    busiest = Counter(homes.values()).most_common(1)[0][0]
    theirs = {job for job, home in homes.items() if home == busiest}
    fleet.gauge.begin()
    fleet.signal(signal.SIGKILL, busiest)
    died = time.time()
    begun: list[tuple[str, str, float]] = []

    def all_again() -> bool:
        begun.extend(row for row in fleet.starts() if row[1] in theirs)
        return len(begun) >= len(theirs)

    longest = _longest_answer(fleet, all_again, 90.0)
    took = fleet.gauge.end()
    late = sorted(at - died - LEASE for _, _, at in begun)
    return {
        "its jobs are begun again": f"{len(begun)}; first {late[0]:.1f} s and last {late[-1]:.1f} s after the lease",
        "Redis meanwhile": f"{took.cpu_percent:.1f} % of a core, longest answer to PING {longest:.0f} ms",
        "of the dead the store knows": str(fleet.known() - fleet.workers + fleet.workers // PROCESSES),
        "reclaimed twice": str(len(begun) - len({job for _, job, _ in begun})),
    }


def redis_starts_again(fleet: Fleet) -> Facts:
    """`kill -9` of Redis, and a start: who comes back when, and with what."""
    known = fleet.known()
    fleet.server.kill()
    time.sleep(3)
    fleet.server.start()
    began = time.time()
    gauge = Gauge(fleet.client)
    eventually(lambda: fleet.client.info("clients")["connected_clients"] >= 2 * known, within=30.0, every=0.02)
    back = time.time() - began
    time.sleep(max(0.0, 5 - back))
    first = gauge.end()
    seen = fleet.heard_ms()
    time.sleep(45)
    rows = fleet.heard_ms()
    most = max(Counter(at // 100 for at in rows).values())
    return {
        "all are back": f"{known} workers after {back:.1f} s, Redis {first.cpu_percent:.0f} % in the first 5 s",
        "heartbeats after that": f"within {(seen[-1] - seen[0]) / 1000:.1f} s",
        "most heartbeats in 100 ms, 50 s later": f"{most} of {len(rows)}",
    }


def really_at_rest(workers: int = 10, seconds: float = 30.0) -> Facts:
    """The same of real workers, with a template and two slots each."""
    server = as_people_run_it()
    file = server.folder / "tasks.toml"
    file.write_text("[tasks.noop]\nrun = 'true'\n")
    command = [sys.executable, "-m", "qctl", "--file", str(file), "--redis", server.url]
    command += ["--namespace", NAMESPACE, "worker", "-c", str(SLOTS)]
    processes = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(workers)]
    try:
        with redis.Redis(unix_socket_path=str(server.socket)) as client:
            eventually(lambda: client.zcard("{" + NAMESPACE + "}:workers") == workers, within=60.0)
            time.sleep(5)
            gauge = Gauge(client)
            time.sleep(seconds)
            rest = gauge.end()
            clients = client.info("clients")["connected_clients"]
        return {
            "connections": str(clients),
            "Redis at rest": f"{rest.cpu_percent:.2f} % of a core, {rest.cpu_percent / workers:.4f} % per worker",
            "scripts per worker and second": f"{rest.calls.get('evalsha', 0) / rest.seconds / workers:.2f}",
        }
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        server.remove()


def _running(fleet: Fleet) -> int:
    return sum(len(worker.running) for worker in Reading(fleet.store).workers())


def _longest_answer(fleet: Fleet, done: Callable[[], bool], within: float) -> float:
    longest, deadline = 0.0, time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline
        for _ in range(20):
            began = time.perf_counter()
            fleet.client.ping()
            longest = max(longest, time.perf_counter() - began)
            time.sleep(0.005)
    return longest * 1000


def measure(workers: int = 200) -> Iterator[tuple[str, Facts]]:
    """All of it, part by part."""
    yield "10 real workers", really_at_rest()
    with a_fleet(workers) as fleet:
        yield f"{workers} workers", at_rest(fleet)
        yield "called for one job at a time", called(fleet)
        yield "at work", at_work(fleet)
        yield "Redis is killed and starts again", redis_starts_again(fleet)
    with a_fleet(workers, seconds=120.0) as fleet:
        yield f"{workers // PROCESSES} of {workers} die at once", a_quarter_dies(fleet)
