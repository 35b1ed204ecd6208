"""A fleet of workers at one Redis: those of `workers`, real in all but their slots, in four processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from qctl.model.call import Call
from qctl.model.names import new_id
from qctl.store import Store, open_store
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
