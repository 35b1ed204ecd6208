"""SAQ: two processes, each of which runs coroutines side by side."""

from __future__ import annotations

from tests.bench.peers.peer import Counting, PythonPeer, Variant


def _concurrency(count: int) -> Variant:
    words = ("saq", "app.settings", "--workers", "2", "--quiet")
    return Variant(f"2 processes, concurrency {count}", words, {"BENCH_CONCURRENCY": str(count)})


class Saq(PythonPeer):
    """SAQ."""

    name = "saq"
    package = "saq"
    packages = ("saq[redis]", "hiredis", "typing_extensions")  # the last it imports and does not name
    variants = (_concurrency(10), _concurrency(100))
    bulk = tuple(Variant(f"{count} side by side", (), {"BENCH_BULK": count}) for count in ("20", "100", "1000"))
    code = """\
import asyncio
import os
import work
from saq import Queue

queue = Queue.from_url(os.environ["BENCH_REDIS"])


async def noop(context):
    pass


async def echo(context, *, text):
    return text


async def stamp(context):
    work.stamp()


settings = {
    "queue": queue,
    "functions": [noop, echo, stamp],
    "concurrency": int(os.environ.get("BENCH_CONCURRENCY", "10")),
}
opens, closes = queue.connect, queue.disconnect


def one(kind):
    arguments = {"text": work.TEXT} if kind == "echo" else {}

    async def call():
        await queue.enqueue(kind, **arguments)

    return call


async def many(kind, count):
    call, side_by_side = one(kind), int(os.environ.get("BENCH_BULK", "100"))
    for start in range(0, count, side_by_side):
        await asyncio.gather(*(call() for _ in range(min(side_by_side, count - start))))
"""

    def counting(self, kind: str) -> Counting:
        return Counting((("ZCARD", "saq:default:incomplete"),), counts_down=True)
