"""Programs that compose workflows, in words that qctl and Celery share, each with a warm worker of its own.

A producer is a process that stays: it reads what is wanted as a line, composes it, submits it, waits for its value and
tells how long that took. Both are given the same server, two slots, JSON and results that are kept.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.integration.worker.workshop import RunningWorker
from tests.support import eventually

_TASKS = """
@task
def noop():
    return 1

@task
def step(number=0):
    return number + 1

@task
def total(numbers):
    return sum(numbers)
"""
_QCTL = "from qctl import chain, chord, task\n" + _TASKS
_CELERY = """
from celery import Celery, chain, chord
app = Celery("peer", broker="redis+socket://{socket}", backend="redis+socket://{socket}")
app.conf.update(
    accept_content=["json"], task_serializer="json", result_serializer="json", task_ignore_result=False,
    broker_connection_retry_on_startup=True, worker_send_task_events=False,
)
task = app.task
"""
_PRODUCER = """
import gc, json, sys, time
from peer import chain, chord, noop, step, total

MAKE = {
    "chord": lambda count: chord([noop.s() for _ in range(count)], total.s()),
    "chain": lambda count: chain(*[step.s() for _ in range(count)]),
}

def timed(what, count):
    begun = time.perf_counter()
    if what == "jobs":  # one after the other
        values = [step.s().apply_async().get(timeout=60) for _ in range(count)]
        return 0.0, time.perf_counter() - begun, sum(values)
    handle = MAKE[what](count).apply_async()
    sent = time.perf_counter()
    value = handle.get(timeout=240)
    return sent - begun, time.perf_counter() - begun, value

for line in sys.stdin:
    what, count = line.split()
    gc.collect()
    print(json.dumps(timed(what, int(count))), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds from the first signature to the accepted workflow, and to its value in the producer's hands."""

    submit: float
    total: float


class Composer:
    """A producer over a folder with a module `peer`."""

    def __init__(self, folder: Path, **surroundings: str) -> None:
        (folder / "producer.py").write_text(_PRODUCER)
        self._process = subprocess.Popen(
            [sys.executable, "producer.py"],
            cwd=folder,
            env=with_bytecode(surroundings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, what: str, count: int) -> Took:
        """Let it run a `chord` or a `chain` of so many, or so many `jobs`, and check what comes out."""
        assert self._process.stdin
        assert self._process.stdout
        print(what, count, file=self._process.stdin, flush=True)
        submit, total, value = json.loads(self._process.stdout.readline())
        assert value == count
        return Took(submit, total)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def with_bytecode(more: dict[str, str]) -> dict[str, str]:
    """The environment of a peer, as an installed program runs in it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | more


class QctlPeer:
    """qctl's worker and a producer."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        (folder / "peer.py").write_text(_QCTL)
        file = folder / "tasks.toml"
        file.write_text(f'[qctl]\nredis = "{url}"\npython_path = ["."]\nmodules = ["peer"]\n')
        options = {"slots": 2, "level": "WARNING", "json_logs": False}
        self._worker = RunningWorker(file, options, folder / "worker.log")
        self.producer = Composer(folder, QCTL_FILE=os.fspath(file))
        self.producer.run("chord", 200)

    def close(self) -> None:
        """End both."""
        self.producer.close()
        self._worker.stop()


class CeleryPeer:
    """Celery's worker and a producer. `options` are words of its command line, and say how it is to fetch."""

    def __init__(self, folder: Path, socket: Path, options: Sequence[str] = ()) -> None:
        folder.mkdir()
        (folder / "peer.py").write_text(_CELERY.format(socket=socket) + _TASKS)
        command = [sys.executable, "-m", "celery", "-A", "peer", "worker", "-P", "prefork", "-c", "2", "-l", "WARNING"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", *options]
        with (folder / "worker.log").open("wb") as log:
            self._worker = subprocess.Popen(
                command, cwd=folder, env=with_bytecode({}), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.producer = Composer(folder)
        self.producer.run("chord", 200)

    def close(self) -> None:
        """End both."""
        self.producer.close()
        self._worker.send_signal(signal.SIGTERM)
        eventually(lambda: self._worker.poll() is not None, within=30.0)
