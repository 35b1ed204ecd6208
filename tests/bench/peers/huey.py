"""Huey: a list in Redis, its results in a hash."""

from __future__ import annotations

from tests.bench.peers.peer import Counting, PythonPeer, Variant


def _workers(count: int, kind: str, label: str) -> Variant:
    words = ("-k", kind, "-w", str(count), "-n", "-q")  # without its schedule of periodic tasks
    command = ("python", "-m", "huey.bin.huey_consumer", "app.huey", *words)
    return Variant(f"{count} {label}", command, processes=kind == "process")


class Huey(PythonPeer):
    """Huey."""

    name = "huey"
    package = "huey"
    packages = ("huey", "redis", "hiredis")
    #: Its workers wait for Redis one job at a time: twice as many as cores may do more.
    variants = tuple(
        _workers(count, kind, label)
        for kind, label in (("process", "processes"), ("thread", "threads"))
        for count in (2, 4)
    )
    bulk = (Variant("one by one: it has no way to send many", ()),)
    code = """\
import os
import work
from huey import RedisHuey

huey = RedisHuey("bench", url=os.environ["BENCH_REDIS"], results=True, store_none=True)


@huey.task()
def noop():
    pass


@huey.task()
def echo(text):
    return text


@huey.task()
def stamp():
    work.stamp()


def one(kind):
    return {"noop": noop, "echo": lambda: echo(work.TEXT), "stamp": stamp}[kind]


def many(kind, count):
    call = one(kind)
    for _ in range(count):
        call()
"""

    def counting(self, kind: str) -> Counting:
        return Counting((("HLEN", "huey.results.bench"),))
