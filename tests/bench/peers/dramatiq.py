"""Dramatiq: processes with threads, its results in Redis."""

from __future__ import annotations

from tests.bench.peers.peer import Counting, PythonPeer, Variant


def _threads(count: int) -> Variant:
    words = ("dramatiq", "app", "--processes", "2", "--threads", str(count), "--skip-logging")
    return Variant(f"2 processes, {count} thread{'s' * (count > 1)} each", words)


class Dramatiq(PythonPeer):
    """Dramatiq."""

    name = "dramatiq"
    package = "dramatiq"
    packages = ("dramatiq[redis]", "hiredis")
    variants = (_threads(1), _threads(4), _threads(8))
    bulk = (
        Variant("send", ()),
        Variant("group", (), {"BENCH_BULK": "group"}),
    )
    code = """\
import os
import work
import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

broker = RedisBroker(url=os.environ["BENCH_REDIS"])
broker.add_middleware(Results(backend=RedisBackend(url=os.environ["BENCH_REDIS"])))
dramatiq.set_broker(broker)


@dramatiq.actor(store_results=True)
def noop():
    pass


@dramatiq.actor(store_results=True)
def echo(text):
    return text


@dramatiq.actor(store_results=True)
def stamp():
    work.stamp()


def one(kind):
    return {"noop": noop.send, "echo": lambda: echo.send(work.TEXT), "stamp": stamp.send}[kind]


def many(kind, count):
    actor, arguments = {"noop": (noop, ()), "echo": (echo, (work.TEXT,))}[kind]
    if os.environ.get("BENCH_BULK") == "group":
        dramatiq.group(actor.message(*arguments) for _ in range(count)).run()
        return
    for _ in range(count):
        actor.send(*arguments)
"""

    def counting(self, kind: str) -> Counting:
        return Counting((("HLEN", "dramatiq:default.msgs"),), counts_down=True)
