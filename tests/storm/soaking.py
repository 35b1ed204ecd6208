"""What happens to the workers of a soak each minute, and what the one that lives through it all takes up."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from qctl.store.command import script
from tests.support import Home, PrivateRedis, Running
from tests.support.processes import Seen, children
from tests.support.proxy import Proxy

STANDSTILL: Final = 36.0  #: seconds; longer than a lease
CUT_VERBS: Final = ("claim", "complete", "retry", "heartbeat")
QUIET_FOR: Final = 3.0  #: seconds of an idle worker in which its fewest descriptors are looked for


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a process takes up while it does nothing."""

    memory_mb: float
    descriptors: int  #: its own, and its template's

    def __str__(self) -> str:
        return f"{self.memory_mb} MB, {self.descriptors} descriptors"


def footprint_of(pid: int) -> Footprint:
    """Look at a worker that is idle for a while: what it has open in passing is not counted."""
    counts, ends = [], time.monotonic() + QUIET_FOR
    while time.monotonic() < ends:
        counts.append(sum(_descriptors(each) for each in (pid, *(seen.pid for seen in children(pid)))))
        time.sleep(0.05)
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return Footprint(round(int(status["VmRSS"].split()[0]) / 1024, 2), min(counts))


def _descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


class Strokes:
    """Two workers and the faults that strike them: `steady` lives on whatever happens, the other one is killed."""

    def __init__(self, home: Home, server: PrivateRedis, proxy: Proxy, dice: Random) -> None:
        self._home, self._server, self._proxy, self._dice = home, server, proxy, dice
        self.struck: Counter[str] = Counter()
        self.steady, self._other = self._start("steady"), self._start("other")
        self._kinds: list[str] = []
        self._wakes_at: float | None = None

    def strike(self, now: float) -> None:
        """Do the next bad thing; all of them come before one comes again."""
        if not self._kinds:
            self._kinds = list(_STROKES)
            self._dice.shuffle(self._kinds)
        kind = self._kinds.pop()
        self.struck[kind] += 1
        _STROKES[kind](self, now)

    def set_right(self, now: float, *, everything: bool = False) -> None:
        """Let go on what has stood still for long enough."""
        if self._wakes_at is not None and (everything or now >= self._wakes_at):
            self.steady.send(signal.SIGCONT)
            self._wakes_at = None

    def _start(self, name: str) -> Running:
        return self._home.start("worker", "-c", "2", "--name", name, "-l", "warning", "--json-logs")

    def _kill_slot(self, _: float) -> None:
        self._kill([slot for template in children(self.steady.pid) for slot in children(template.pid)])

    def _kill_template(self, _: float) -> None:
        self._kill(children(self.steady.pid))

    def _kill(self, victims: list[Seen]) -> None:
        if victims:
            with suppress(ProcessLookupError):
                os.kill(self._dice.choice(victims).pid, signal.SIGKILL)

    def _kill_worker(self, _: float) -> None:
        self._other.kill()
        self._other = self._start("other")

    def _stop(self, now: float) -> None:
        self.steady.send(signal.SIGSTOP)
        self._wakes_at = now + STANDSTILL

    def _kill_redis(self, _: float) -> None:
        self._server.kill()
        self._server.start()

    def _cut(self, _: float) -> None:
        self._proxy.cut(script(self._dice.choice(CUT_VERBS)).sha, after=self._dice.choice((0, 1, 10)))

    def _half_close(self, _: float) -> None:
        self._proxy.half_close()


_STROKES: Final[dict[str, Callable[[Strokes, float], None]]] = {
    "slot": Strokes._kill_slot,
    "template": Strokes._kill_template,
    "worker": Strokes._kill_worker,
    "stop": Strokes._stop,
    "redis": Strokes._kill_redis,
    "cut": Strokes._cut,
    "half_close": Strokes._half_close,
}
