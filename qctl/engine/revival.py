"""Starts the embedded server again when it has died: whoever finds it dead does, under its lock.

In a process of its own, because a server may take its time to read what it has kept, and the worker never waits. The
server that comes of it becomes a child of this worker, who is a subreaper, and is spared when the worker tidies up.
"""

from __future__ import annotations

import math
import os
import sys

from qctl.engine.processes.generation import templates
from qctl.errors import QctlError
from qctl.store.embedded import running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.station import Station

_START: Final = """
import sys
from qctl.errors import QctlError
from qctl.store.embedded import ensure
try:
    ensure(fsync=sys.argv[1])
except QctlError as error:
    sys.exit(str(error))
"""
PATIENCE: Final = 0.3  #: seconds without a connection until the server is taken for dead
PAUSE: Final = 2.0  #: seconds between two tries
POLL: Final = 0.05
_LONGEST: Final = 4096  #: bytes of a complaint that are logged


class Revival:
    """Watches the connection of a worker on the embedded server."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._down_since: float | None = None
        self._not_before = -math.inf
        self._starting: int | None = None
        self._said: int | None = None  #: the pipe that a try says its complaint into
        self._complaint = ""  #: of the last try, which is not said twice
        self._tried = False

    def next_due(self) -> float:
        if not self._station.embedded:
            return math.inf
        if self._starting is not None or self._station.line.up != (self._down_since is None):
            return self._not_before
        return max(self._not_before, self._down_since + PATIENCE) if self._down_since is not None else math.inf

    def run_once(self, now: float) -> None:
        """Start the server if it is gone; see what became of the last try."""
        if self._starting is not None:
            self._look(self._starting, now)
        elif self._station.line.up:
            self._down_since, self._complaint = None, ""
        elif self._down_since is None:
            self._down_since = now
        elif now >= self._down_since + PATIENCE:
            self._start(now)

    def _start(self, now: float) -> None:
        if not self._complaint:
            self._station.journal.warning("revive", "the embedded server is gone; starting it again")
        words = [sys.executable, "-P", "-c", _START, self._station.config.fsync]
        environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            self._starting = self._spawn(words, environment)
        except OSError as error:  # whatever killed the server may have left the machine no process to spare
            self._tell(f"the embedded server cannot be started: {error.strerror}")
            self._not_before = now + PAUSE
            return
        templates.add(self._starting)
        self._tried = True
        self._not_before = now + POLL

    def _spawn(self, words: list[str], environment: dict[str, str]) -> int:
        said, end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            actions = [(os.POSIX_SPAWN_DUP2, end, 2)]
            pid = os.posix_spawn(sys.executable, words, environment, file_actions=actions, setsid=True)
        except OSError:
            os.close(said)
            raise
        finally:
            os.close(end)
        self._said = said
        return pid

    def _look(self, pid: int, now: float) -> None:
        self._not_before = now + POLL
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            ended = pid
        if ended:
            templates.discard(pid)
            self._starting, self._not_before = None, now + PAUSE
            self._pass_on()
            self._spare()

    def _pass_on(self) -> None:
        """Log what the try said, unless the one before it said the same: a disk may be full for days."""
        if self._said is None:
            return
        with open(self._said, "rb", buffering=0) as said:
            self._tell(" ".join((said.read(_LONGEST) or b"").decode(errors="replace").split()))
        self._said = None

    def _tell(self, complaint: str) -> None:
        if complaint and complaint != self._complaint:
            self._station.journal.warning("revive", complaint)
        self._complaint = complaint

    def close(self) -> None:
        """The worker tidies up, and may be earlier than it has looked what became of its last try."""
        if self._tried:
            self._pass_on()
            self._spare()

    def _spare(self) -> None:
        try:
            server = running()
        except QctlError:
            return
        if server is not None:
            templates.add(server.pid)
