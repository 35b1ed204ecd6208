"""What a reading costs: as much with thousands of jobs as with four times as many, counted in commands and bytes.

Counted is what Redis did for a whole command line, from its first connection to its last: in commands, those of scripts
included, and in bytes that it sent. Neither depends on the machine or on who else uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import NamedTuple

import pytest
import redis

from qctl.store import open_store
from tests.support import Home, PrivateRedis
from tests.support.crowd_seed import fill, queue_up

#: How many jobs there are of each kind: more than any sample that is taken of them.
FEW, MANY = 2_200, 8_800
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


@pytest.fixture(scope="module")
def costs() -> Iterator[tuple[dict[str, Cost], dict[str, Cost]]]:
    """By command line, the costs with few jobs and with many."""
    with ExitStack() as stack:
        server = PrivateRedis().start()
        stack.callback(server.remove)
        store = stack.enter_context(closing(open_store(server.url, "crowd", timeout=60.0)))
        client = stack.enter_context(redis.Redis(unix_socket_path=str(server.socket)))
        home = Home(server.url, "crowd")
        stack.callback(home.remove)
        measured = []
        for begin, end in ((0, FEW), (FEW, MANY)):
            queue_up(store, end - begin, begin, prefix="s", delay_ms=FAR_MS)
            fill(store, end - begin, begin, prefix="e")
            queue_up(store, end - begin, begin, prefix="q")
            measured.append({line: cost(home, client, line) for line in READINGS})
        yield measured[0], measured[1]


def cost(home: Home, client: redis.Redis, line: str) -> Cost:
    before = done(client)
    answer = home.run(*line.split())
    assert answer.code in (0, 1, 3), answer
    assert answer.stdout, answer
    after = done(client)
    return Cost(after.commands - before.commands, after.bytes - before.bytes)


def done(client: redis.Redis) -> Cost:
    stats = client.info("commandstats")
    return Cost(sum(each["calls"] for each in stats.values()), int(client.info("stats")["total_net_output_bytes"]))


@pytest.mark.parametrize("line", READINGS)
def test_a_reading_costs_the_same_however_many_jobs_there_are(
    costs: tuple[dict[str, Cost], dict[str, Cost]], line: str
) -> None:
    few, many = (each[line] for each in costs)
    assert many.commands <= 1.1 * few.commands + 10
    assert many.bytes <= 1.2 * few.bytes + 4096
