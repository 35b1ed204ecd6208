"""RQ: a pool of two workers, each with a process a job or none."""

from __future__ import annotations

from tests.bench.peers.peer import Counting, PythonPeer, Variant


def _pool(label: str, kind: str) -> Variant:
    words = ("rq", "worker-pool", "-n", "2", "-q", "-P", ".", "-w", f"rq.worker.{kind}", "-u", "{redis}", "default")
    return Variant(f"pool of 2, {label}", words)


class Rq(PythonPeer):
    """RQ."""

    name = "rq"
    package = "rq"
    packages = ("rq", "hiredis")
    variants = (_pool("SimpleWorker", "SimpleWorker"), _pool("Worker", "Worker"))
    bulk = (Variant("enqueue_many, 1,000 at a time", ()),)
    code = """\
import os
import work
from redis import Redis
from rq import Queue


def noop():
    pass


def echo(text):
    return text


def stamp():
    work.stamp()


queue = Queue(connection=Redis.from_url(os.environ["BENCH_REDIS"]))
CALLS = {"noop": (noop, ()), "echo": (echo, (work.TEXT,)), "stamp": (stamp, ())}


def one(kind):
    function, arguments = CALLS[kind]
    return lambda: queue.enqueue(function, *arguments)


def many(kind, count):
    function, arguments = CALLS[kind]
    for start in range(0, count, 1000):
        size = min(1000, count - start)
        queue.enqueue_many([Queue.prepare_data(function, arguments) for _ in range(size)])
"""

    def counting(self, kind: str) -> Counting:
        return Counting((("ZCARD", "rq:finished:default"),))
