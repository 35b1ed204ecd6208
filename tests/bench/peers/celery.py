"""Celery: prefork, its results in Redis."""

from __future__ import annotations

from typing import Final

from tests.bench.peers.peer import Counting, PythonPeer, Variant

_QUIET: Final = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR")


def _prefork(label: str, *words: str) -> Variant:
    command = ("celery", "-A", "app", "worker", "-P", "prefork", "-c", "2", *_QUIET, *words)
    return Variant(f"prefork, {label}", command)


class Celery(PythonPeer):
    """Celery."""

    name = "celery"
    package = "celery"
    packages = ("celery[redis]", "hiredis")
    variants = (
        _prefork("prefetch 4"),
        _prefork("prefetch 64", "--prefetch-multiplier", "64"),
        _prefork("prefetch 64, -O fair", "--prefetch-multiplier", "64", "-O", "fair"),
        Variant(
            "threads, prefetch 64",
            ("celery", "-A", "app", "worker", "-P", "threads", "-c", "2", *_QUIET, "--prefetch-multiplier", "64"),
            processes=False,
        ),
    )
    bulk = (
        Variant("one producer", ()),
        Variant("group", (), {"BENCH_BULK": "group"}),
    )
    code = """\
import os
import work
from celery import Celery, group

app = Celery("app", broker=os.environ["BENCH_REDIS"], backend=os.environ["BENCH_REDIS"])
app.conf.update(task_ignore_result=False, worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)


@app.task(name="noop")
def noop():
    pass


@app.task(name="echo")
def echo(text):
    return text


@app.task(name="stamp")
def stamp():
    work.stamp()


def one(kind):
    task, arguments = {"noop": (noop, ()), "echo": (echo, (work.TEXT,)), "stamp": (stamp, ())}[kind]
    return lambda: task.delay(*arguments)


def many(kind, count):
    task, arguments = {"noop": (noop, ()), "echo": (echo, (work.TEXT,))}[kind]
    if os.environ.get("BENCH_BULK") == "group":
        return group(task.s(*arguments) for _ in range(count)).apply_async()
    with app.producer_or_acquire() as producer:
        for _ in range(count):
            task.apply_async(arguments, producer=producer)
"""

    def counting(self, kind: str) -> Counting:
        return Counting((("LLEN", "celery"), ("HLEN", "unacked")), counts_down=True)
