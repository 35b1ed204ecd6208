"""How long the past takes to read: 100,000 ended jobs, and what people ask about them.

    python -m tests.bench.bench_reading [jobs] [rounds]

Prints one JSON object per question: the median of `rounds` (5) in ms, from the first word sent to the last job decoded,
without the start of Python. Each is to take at most 300 ms. On a shared machine look at `cpu_ms`, the processor time of
qctl and of Redis together, which does not depend on the neighbours as much.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC
from functools import partial
from itertools import islice
from statistics import median

from qctl import clock
from qctl.client import Client, open_client
from qctl.client.figures import read_endings
from qctl.config import Config
from qctl.model.ending import Ending
from qctl.model.error_groups import group_errors
from qctl.model.query import parse
from qctl.model.tally import most_failing, slowest, tallies, tally
from qctl.store import open_store
from tests.support.crowd_seed import fill
from tests.support.servers import PrivateRedis


def questions(client: Client) -> dict[str, Callable[[], object]]:
    """What people ask, each answering how much it found."""

    def found(query: str, limit: int = 20) -> int:
        return len(list(islice(client.search(parse(query, clock.now(), UTC)).ended(), limit)))

    def figures(*, unsuccessful: bool) -> list[Ending]:
        day_ago = client.reading.now_ms() - 86_400_000
        return read_endings(client.reading, day_ago, unsuccessful=unsuccessful)[0]

    def stats() -> int:
        endings = figures(unsuccessful=False)
        tallies(endings, "task"), slowest(endings), most_failing(endings)
        return tally("all", endings).jobs

    return {
        "history": lambda: found(""),
        "history task:task-07": lambda: found("task:task-07"),
        "history state:timeout": lambda: found("state:timeout"),
        "history task:task-1* state:failed exit:22": lambda: found("task:task-1* state:failed exit:22"),
        "history -n 1000": lambda: found("", 1000),
        "history TEXT, found nowhere": lambda: found("absent"),
        "stats --since 24h": stats,
        "errors": lambda: len(group_errors(figures(unsuccessful=True))),
    }


def main(jobs: int = 100_000, rounds: int = 5) -> None:
    """Seed a Redis of our own, ask, and tell."""
    server = PrivateRedis().start()
    store = open_store(server.url, "bench", timeout=60.0)
    try:
        fill(store, jobs)
        with open_client(Config(), server.url, "bench") as client:
            for name, ask in questions(client).items():
                tell(name, ask, jobs, rounds, partial(server_seconds, client))
    finally:
        store.close()
        server.remove()


def tell(name: str, ask: Callable[[], object], jobs: int, rounds: int, of_server: Callable[[], float]) -> None:
    """Ask several times and print the medians."""
    times, work = [], []
    for _ in range(rounds):
        began, before = time.perf_counter(), time.process_time() + of_server()
        said = ask()
        times.append((time.perf_counter() - began) * 1000)
        work.append((time.process_time() + of_server() - before) * 1000)
    figures = {"ms": round(median(times), 1), "cpu_ms": round(median(work), 1)}
    print(json.dumps({"question": name, **figures, "jobs": jobs, "answer": said}), flush=True)


def server_seconds(client: Client) -> float:
    """Processor time that Redis has used."""
    said = client.reading.info()
    return float(said["used_cpu_user"]) + float(said["used_cpu_sys"])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
