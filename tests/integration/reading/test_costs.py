"""What a reading costs: as much with thousands of jobs as with three times as many, counted in commands and bytes.

Counted is what Redis did for a whole command line, from its first connection to its last: in commands, those of scripts
included, and in bytes that it sent. Neither depends on the machine or on who else uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import NamedTuple

import pytest
import redis

from qctl.store import Store, open_store
from tests.support import Home, PrivateRedis
from tests.support.crowd_seed import fill, queue_up

#: How many jobs there are of each kind: more than any sample that is taken of them.
FEW, MANY = 2_200, 6_600
FAR_MS = 10**9
READINGS = (
    *("ps", "ps -a", "ps -t", "ps -o json", "ps -Q night", "ps --state queued", "ps --state scheduled"),
    *("ps task:task-07", "ps -a --task task-07", "ps --state failed"),
    *("history", "history -o json", "history -o wide", "history --task task-07", "history --since 24h"),
    *("history state:timeout", "history --before e0000100"),
    *("stats", "stats --since 7d --by day", "stats --by task"),
    *("top --once", "queue list", "queue list -o json", "queue show default", "status", "worker list", "doctor"),
    "show e0000007",
)


class Cost(NamedTuple):
    """What Redis did."""

    commands: int
    bytes: int


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    """A server of its own: nothing in it is looked through at the end, as it is after other tests."""
    with ExitStack() as stack:
        server = PrivateRedis().start()
        stack.callback(server.remove)
        store = stack.enter_context(closing(open_store(server.url, "crowd", timeout=60.0)))
        client = stack.enter_context(redis.Redis(unix_socket_path=str(server.socket)))
        home = Home(server.url, "crowd")
        stack.callback(home.remove)
        yield Crowd(home, store, client)


class Crowd:
    """An instance of many jobs."""

    def __init__(self, home: Home, store: Store, client: redis.Redis) -> None:
        self._home, self._store, self._client = home, store, client
        self._jobs = 0

    def grow(self, jobs: int) -> None:
        """Have so many of each kind: scheduled, ended, queued."""
        begin, self._jobs = self._jobs, jobs
        queue_up(self._store, jobs - begin, begin, prefix="s", delay_ms=FAR_MS)
        fill(self._store, jobs - begin, begin, prefix="e", bad_share=0.5)
        queue_up(self._store, jobs - begin, begin, prefix="q")

    def cost(self, line: str) -> Cost:
        """What Redis does for a command line."""
        before = self._done()
        answer = self._home.run(*line.split())
        assert answer.code in (0, 1, 3), answer
        assert answer.stdout, answer
        after = self._done()
        return Cost(after.commands - before.commands, after.bytes - before.bytes)

    def _done(self) -> Cost:
        stats = self._client.info("commandstats")
        sent = self._client.info("stats")["total_net_output_bytes"]
        return Cost(sum(each["calls"] for each in stats.values()), int(sent))


def test_a_reading_costs_the_same_however_many_jobs_there_are(crowd: Crowd) -> None:
    crowd.grow(FEW)
    few = {line: crowd.cost(line) for line in READINGS}
    crowd.grow(MANY)
    many = {line: crowd.cost(line) for line in READINGS}
    grown = {line: (few[line], many[line]) for line in READINGS if not as_much(few[line], many[line])}
    assert grown == {}


def as_much(few: Cost, many: Cost) -> bool:
    """Other jobs stand on a page, so that it is not the same to the byte."""
    return many.commands <= 1.1 * few.commands + 10 and many.bytes <= 1.2 * few.bytes + 4096
