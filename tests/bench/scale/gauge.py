"""What a Redis does in a stretch of time, by its own counters."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from tests.support import PrivateRedis


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one reading to the next."""

    seconds: float
    cpu_s: float  #: processor time of Redis
    calls: Mapping[str, int]  #: by command, those of scripts included
    connections: int  #: that were made

    @property
    def commands(self) -> int:
        return sum(self.calls.values())

    @property
    def cpu_percent(self) -> float:
        """Of a core."""
        return 100 * self.cpu_s / self.seconds

    def scripts(self, workers: int) -> float:
        """That each of so many workers has called in a second."""
        return self.calls.get("evalsha", 0) / self.seconds / workers


class Gauge:
    """Reads the counters of one server."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.begin()

    def begin(self) -> None:
        """Measure from now on."""
        self._before = self._read()

    def end(self) -> Stretch:
        """What has happened since."""
        then, now = self._before, self._read()
        calls = Counter(now[2])
        calls.subtract(then[2])
        return Stretch(now[0] - then[0], now[1] - then[1], {k: n for k, n in calls.items() if n > 0}, now[3] - then[3])

    def _read(self) -> tuple[float, float, dict[str, int], int]:
        cpu, stats = self.client.info("cpu"), self.client.info("commandstats")
        made = self.client.info("stats")["total_connections_received"]
        calls = {name.removeprefix("cmdstat_"): each["calls"] for name, each in stats.items()}
        return time.monotonic(), cpu["used_cpu_sys"] + cpu["used_cpu_user"], calls, int(made)

    def connections(self) -> tuple[int, float]:
        """How many there are, and the bytes that each takes."""
        clients = self.client.info("clients")["connected_clients"]
        return clients, self.memory("mem_clients_normal") / max(1, clients)

    def kept(self) -> int:
        """Bytes of all keys with what they hold.

        Not what the server's whole memory grows by: its buffers come and go by as much as thousands of jobs take.
        """
        names = list(self.client.scan_iter(count=1000))
        with self.client.pipeline(transaction=False) as asked:
            for name in names:
                asked.memory_usage(name, samples=0)
            return sum(size or 0 for size in asked.execute())

    def memory(self, name: str) -> int:
        """Bytes of one kind."""
        found: Any = self.client.info("memory")[name]
        return int(found)


def as_people_run_it() -> PrivateRedis:
    """A shared Redis: everything is on disk within a second."""
    return PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "everysec").start()
