"""What a worker with a beat asks of Redis in a minute in which nothing is due: on clocks that the test moves."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
import redis

from qctl.config import load
from qctl.engine.journal import Level
from qctl.engine.listener import BLOCKED, SHORTEST, Listener
from qctl.engine.options import WorkerOptions
from qctl.engine.sdnotify import Notifier
from tests.bench.scale.light_pool import LightPool
from tests.bench.scale.workers import NoSignals, SimulatedWorker
from tests.support import eventually
from tests.support.faked_server import FakedServer

MINUTE: Final = 60.0
#: A heartbeat each 7.5 s, a pulse of the beat each 5 s, a look for work each 2 s …: each is one script. Jitter moves a
#: few of them into the next minute.
SCRIPTS: Final = 70
#: With what the scripts do inside.
COMMANDS: Final = 720
WAITS: Final = 40  #: for tokens: one ends at each look


class IdleWorker:
    """A worker in this process, real but for its slots; its clock and its server's move when the test says so."""

    def __init__(self, server: FakedServer, namespace: str, file: Path) -> None:
        self._server, self.client = server, redis.Redis(unix_socket_path=str(server.socket))
        self.now = time.monotonic()
        self._server_lets_go = math.inf
        self._arm = Listener.arm
        with ExitStack() as stack:
            stack.enter_context(mock.patch("qctl.engine.worker.Signals", NoSignals))
            stack.enter_context(mock.patch("qctl.engine.crew.Pool", LightPool))
            options = WorkerOptions(
                redis=server.url,
                namespace=namespace,
                name="idle",
                slots=2,
                level=Level.ERROR,
                directory=str(file.parent),
                beat=True,
            )
            self._worker = SimulatedWorker(
                options, load(str(file)), server.url, Notifier.taken_from({}), embedded=False
            )
            self._worker.clock(self._time)
            self._worker.begin("host")

    def pass_time(self, seconds: float) -> None:
        """From one moment at which something is due to the next; what is due is done, and answered."""
        end = self.now + seconds
        with mock.patch("qctl.clock.monotonic", self._time), mock.patch.object(Listener, "arm", self._armed()):
            eventually(self._settled, within=60.0, every=0.0)
            while self.now < end:
                self._advance(min(self._worker.due(), self._server_lets_go, end))
                if self.now >= self._server_lets_go:
                    self._let_go()
                eventually(self._settled, within=60.0, every=0.0)

    def calls(self) -> Counter[str]:
        """Commands so far, those of scripts included, without those of this test."""
        stats = self.client.info("commandstats")
        ours = ("cmdstat_info", "cmdstat_client")
        return Counter({name[8:]: each["calls"] for name, each in stats.items() if not name.startswith(ours)})

    def close(self) -> None:
        self._worker.close()
        self.client.close()

    def _time(self) -> float:
        return self.now

    def _settled(self) -> bool:
        self._worker.step()
        return self._worker.at_rest and self._worker.due() > self.now

    def _advance(self, to: float) -> None:
        self._server.forward(timedelta(seconds=to - self.now))
        self.now = to

    def _armed(self) -> Callable[..., None]:
        """Note until when a pop asks the server to wait."""

        def arm(listener: Listener, now: float, worker: str, queues: Any, claim: Any, until: float) -> None:
            self._server_lets_go = now + max(SHORTEST, min(BLOCKED, until - now))
            self._arm(listener, now, worker, queues, claim, until)

        return arm

    def _let_go(self) -> None:
        """The time of a blocking pop is over, which the server measures by a clock that nobody moves."""
        self._server_lets_go = math.inf
        self.client.ping()  # it reads what the worker has sent in the same round as this, and perhaps after it
        for each in self.client.client_list():
            if each["cmd"] == "blpop":
                self.client.client_unblock(int(each["id"]))


@contextmanager
def an_idle_worker(server: FakedServer, namespace: str, file: Path, tasks: int) -> Iterator[IdleWorker]:
    """One that has declared so many tasks with a schedule each, in months."""
    file.write_text("".join(f"[tasks.t{number}]\nrun = 'true'\nschedule = '@yearly'\n" for number in range(tasks)))
    worker = IdleWorker(server, namespace, file)
    try:
        worker.client.flushall()
        worker.pass_time(MINUTE)
        yield worker
    finally:
        worker.close()


@pytest.mark.parametrize("tasks", [1, 300])
def test_a_worker_with_a_beat_asks_once_a_second_however_many_schedules_it_has(
    tasks: int, faked_server: FakedServer, namespace: str, tmp_path: Path
) -> None:
    faked_server.set("2026-03-01T12:00:00")
    with an_idle_worker(faked_server, namespace, tmp_path / "tasks.toml", tasks) as worker:
        before = worker.calls()
        worker.pass_time(MINUTE)
        calls = worker.calls() - before
    assert 8 <= calls["evalsha"] <= SCRIPTS, calls
    assert 6 <= calls["blpop"] <= WAITS, calls
    assert calls.total() <= COMMANDS, calls
