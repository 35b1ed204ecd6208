"""Many workers in one process: everything of theirs is real but the slots, which run nothing.

    python -m tests.bench.scale.workers URL NAMESPACE COUNT FIRST SLOTS SECONDS FILE

Each has two connections, a lease, a turn and all its duties, as `qctl worker` has them. Each says that it is of a host
of its own. When an attempt begins, a line is written to FILE: the worker, the job, the time.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from unittest import mock

from qctl.classes import replace
from qctl.config import Config
from qctl.engine.journal import Level
from qctl.engine.options import WorkerOptions
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.engine.sdnotify import Notifier
from qctl.engine.worker import Worker
from qctl.model.call import Kind
from qctl.model.task import Task
from tests.bench.scale.light_pool import LightPool

TASK = "noop"
CONFIG = Config(tasks={TASK: Task(name=TASK, kind=Kind.CALL, call="jobs:noop")})
LONGEST_SLEEP = 1.0


class SimulatedWorker(Worker):
    """One of them: it is stepped, in place of running."""

    def begin(self, host: str) -> None:
        """Say that this is another host, and start its slots."""
        self._station.identity = replace(self._station.identity, host=host, label=host)
        self._parts.crew.start(self._station.config)

    def clock(self, clock: Callable[[], float]) -> None:
        """Take the time from there: the caller patches `qctl.clock`, too."""
        self._station.clock = clock

    @property
    def at_rest(self) -> bool:
        """Whether the store knows it, no answer is awaited, and it listens for work."""
        return self.known and not self._station.line.busy and self._parts.attention.listener.armed

    def fileno(self) -> int:
        """Readable when something has happened."""
        return self._selector.fileno()

    def due(self) -> float:
        """When the next step is to be taken at the latest."""
        return min(self._parts.turn.next_due(), *(duty.next_due() for duty in self._parts.duties))

    def step(self) -> None:
        """Do what is due. It does not wait: it is called when there is something."""
        self._step()

    def leave(self) -> None:
        """Finish, and go, as at a SIGTERM."""
        self._station.shutdown.finish(self._station.clock())

    @property
    def gone(self) -> bool:
        """Whether it has left."""
        return self._parts.departure.gone

    def heartbeat_due(self) -> float:
        """When its next heartbeat is to be sent, in monotonic time."""
        return self._station.lease.next_due()

    @property
    def known(self) -> bool:
        """Whether the store knows it."""
        return self._parts.registration.registered


class Fleet:
    """The workers of this process, in one loop."""

    def __init__(self, url: str, namespace: str, count: int, first: int, slots: int) -> None:
        self._poll = select.epoll()
        folder = tempfile.gettempdir()
        self.workers: dict[int, SimulatedWorker] = {}
        for number in range(first, first + count):
            options = WorkerOptions(
                redis=url, namespace=namespace, name=f"w{number}", slots=slots, level=Level.ERROR, directory=folder
            )
            with mock.patch("qctl.engine.worker.Signals", NoSignals):
                worker = SimulatedWorker(options, CONFIG, url, Notifier.taken_from({}), embedded=False)
            worker.begin(f"host{number}")
            self.workers[worker.fileno()] = worker
            self._poll.register(worker.fileno(), select.EPOLLIN)
        self._due = dict.fromkeys(self.workers, 0.0)

    def step(self, longest: float = LONGEST_SLEEP) -> None:
        """Wait until something happens or is due, then let those do it whom it concerns."""
        now = time.monotonic()
        pause = min(longest, max(0.0, min(self._due.values()) - now))
        ready = {number for number, _ in self._poll.poll(pause)}
        now = time.monotonic()
        ready |= {number for number, due in self._due.items() if due <= now}
        for number in ready:
            self.workers[number].step()
            self._due[number] = self.workers[number].due()

    def leave(self) -> None:
        """Let all of them finish what they have, and sign off."""
        for worker in self.workers.values():
            worker.leave()
        self._due = dict.fromkeys(self.workers, 0.0)
        while left := [number for number, worker in self.workers.items() if not worker.gone]:
            self._poll.poll(0.01)
            for number in left:
                self.workers[number].step()

    def close(self) -> None:
        for worker in self.workers.values():
            worker.close()
        self._poll.close()


class NoSignals:
    """In the place of `Signals`: the process has one owner, and many workers."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        return self._reading

    def take(self) -> list[signal.Signals]:
        return []

    def close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


class ToldPool(LightPool):
    """Writes down each start."""

    file = 2

    def __init__(self, plan: PoolPlan) -> None:
        super().__init__(plan)
        self._label = plan.label

    def begun(self, frame: Frame) -> None:
        os.write(self.file, f"{self._label} {frame.id} {time.time():.6f}\n".encode())


def main(url: str, namespace: str, count: str, first: str, slots: str, seconds: str, file: str) -> None:
    """Run them until this process is killed, or told to end."""
    going = True

    def end(_number: int, _frame: object) -> None:
        nonlocal going
        going = False

    signal.signal(signal.SIGTERM, end)
    ToldPool.seconds = float(seconds)
    ToldPool.file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with mock.patch("qctl.engine.crew.Pool", ToldPool):
        fleet = Fleet(url, namespace, int(count), int(first), int(slots))
        while going:
            fleet.step()
    fleet.close()
    os.close(ToldPool.file)


if __name__ == "__main__":
    main(*sys.argv[1:])
