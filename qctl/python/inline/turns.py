"""The turns of jobs that run in this process: one after the other, whichever threads submit them and wait for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from qctl.clock import monotonic
from qctl.errors import QctlError
from qctl.python.handles import InsideAJob
from qctl.python.inline.book import Entry

MOST: Final = 10_000  #: jobs that one submit may lead to
PATIENCE: Final = 3.0  #: seconds that one job may run while a thread waits for what comes after it


class EndlessJobs(QctlError):
    """{task} was submitted once more after {count} jobs that one call has led to: it would never end"""

    help = "a task that submits itself is tested with `qctl_recorded`, which runs nothing"


class Turns:
    """What waits, and the thread that works it off. `run` runs a job; `broken_off` is told what went through one."""

    def __init__(self, run: Callable[[Entry], None], broken_off: Callable[[BaseException], None]) -> None:
        self.running: Entry | None = None  #: the job that runs, or ran last; said by whoever runs it
        self._run, self._broken_off = run, broken_off
        self._queue: deque[Entry] = deque()
        self._lock = threading.Lock()  #: of the thread that runs jobs

    def add(self, entry: Entry) -> None:
        """Put a job behind all others."""
        self._queue.append(entry)

    def work(self) -> None:
        """Run all that waits, and all that comes of it.

        Of several threads one does it, which takes in what jobs and others submit meanwhile; the others return.
        What goes through a job ends the turns of all: none of them is left waiting.
        """
        while self._queue and self._lock.acquire(blocking=False):
            try:
                self._work_off()
            except BaseException as error:
                self._queue.clear()
                self._broken_off(error)
                raise
            finally:
                self._lock.release()

    def wait(self, ended: Callable[[], bool], timeout: float) -> bool:
        """Run what waits; where another thread is at that, wait until what is waited for has ended, or nothing runs.

        Answers whether that came within `timeout` seconds. Raises InsideAJob where the same job has run for some time:
        whoever asks may be a thread of that job, which waits for it in its turn.
        """
        deadline = monotonic() + timeout
        self.work()
        while not ended() and (self._queue or self._lock.locked()):
            running = self.running
            if self._lock.acquire(timeout=max(0.0, min(PATIENCE, deadline - monotonic()))):
                self._lock.release()
                self.work()
            elif monotonic() >= deadline:
                return False
            elif self.running is running:
                raise InsideAJob()
        return True

    def _work_off(self) -> None:
        for count in range(MOST + 1):
            if not self._queue:
                return
            if count == MOST:
                raise EndlessJobs(task=self._queue[0].submission.task, count=f"{MOST:,}")
            self._run(self._queue.popleft())
