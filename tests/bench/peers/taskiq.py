"""Taskiq: two processes, a list in Redis and its result backend."""

from __future__ import annotations

from typing import Final

from tests.bench.peers.peer import Counting, PythonPeer, Variant

_WORKER: Final = ("taskiq", "worker", "app:broker", "--workers", "2", "--log-level", "ERROR")


class Taskiq(PythonPeer):
    """Taskiq."""

    name = "taskiq"
    package = "taskiq"
    packages = ("taskiq[uv]", "taskiq-redis", "hiredis")  # with uvloop, which it uses where it is
    variants = (
        Variant("2 processes, list", _WORKER),
        Variant("2 processes, list, prefetch 100", (*_WORKER, "--max-prefetch", "100")),
        Variant("2 processes, stream", _WORKER, {"BENCH_BROKER": "stream"}),
    )
    bulk = tuple(Variant(f"{count} side by side", (), {"BENCH_BULK": count}) for count in ("20", "100", "1000"))
    code = """\
import asyncio
import os
import work
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend, RedisStreamBroker

url = os.environ["BENCH_REDIS"]
kind_of_broker = RedisStreamBroker if os.environ.get("BENCH_BROKER") == "stream" else ListQueueBroker
broker = kind_of_broker(url=url).with_result_backend(RedisAsyncResultBackend(redis_url=url))


@broker.task(task_name="noop")
async def noop() -> None:
    pass


@broker.task(task_name="echo")
async def echo(text: str) -> str:
    return text


@broker.task(task_name="stamp")
async def stamp() -> None:
    work.stamp()


opens, closes = broker.startup, broker.shutdown


def one(kind):
    task, arguments = {"noop": (noop, ()), "echo": (echo, (work.TEXT,)), "stamp": (stamp, ())}[kind]

    async def call():
        await task.kiq(*arguments)

    return call


async def many(kind, count):
    call, side_by_side = one(kind), int(os.environ.get("BENCH_BULK", "100"))
    for start in range(0, count, side_by_side):
        await asyncio.gather(*(call() for _ in range(min(side_by_side, count - start))))
"""

    def counting(self, kind: str) -> Counting:
        return Counting((("DBSIZE",),))  # a key for each result, and one for what waits
