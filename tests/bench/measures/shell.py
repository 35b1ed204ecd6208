"""Jobs that are commands, two at a time: `true` by qctl and by task-spooler, and what xargs needs for as many."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.bench.environments import clean_environment
from tests.bench.figures import US, Bar, Better, Figure
from tests.bench.measures.measure import Contestant, Effort, Field, Measure, Sample
from tests.bench.peers import TASK_SPOOLER, XARGS
from tests.bench.peers.peer import Peer, Variant
from tests.bench.stand import Stand
from tests.support.scratch import scratch_folder

_SHARE: Final = 20  #: one in so many of the Python jobs that are drained
_SPOOLED: Final = 300  #: each waits in a process of its own


class Shell(Measure):
    """`true`, again and again."""

    name = "shell"
    figures = (
        Figure(
            "shell",
            "shell jobs (`true`), 2 slots",
            "jobs/s",
            Better.MORE,
            (Bar(0.4, (XARGS,)), Bar(2.0, (TASK_SPOOLER,))),
        ),
    )

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        found: list[Contestant] = [_Ours(field.us, field.stand)]
        if XARGS in field.programs:
            found.append(_Xargs(field.programs[XARGS]))
        if TASK_SPOOLER in field.programs:
            found.append(_TaskSpooler(field.programs[TASK_SPOOLER]))
        return found


class _Ours(Contestant):
    def __init__(self, us: Peer, stand: Stand) -> None:
        self.name, self.ways = US, us.variants
        self._us, self._stand = us, stand

    def sample(self, way: Variant, effort: Effort) -> Sample:
        count, counting = effort.jobs // _SHARE, self._us.counting("true")
        with self._stand.place(self._us) as place:
            place.drive("fill", "true", count)
            with place.worker(way):
                first = place.until(counting, count, count // 10)
                began = time.perf_counter()
                place.until(counting, count, count)
                took = time.perf_counter() - began
        return {"shell": (count - first) / took}


class _Xargs(Contestant):
    name = XARGS
    ways = (Variant("-P2 -n1 sh -c :", ()),)

    def __init__(self, program: str) -> None:
        self._program = program

    def sample(self, way: Variant, effort: Effort) -> Sample:
        count = effort.jobs // _SHARE
        lines = "".join(f"{number}\n" for number in range(count)).encode()
        began = time.perf_counter()
        subprocess.run([self._program, "-P2", "-n1", "sh", "-c", ":"], input=lines, env=clean_environment(), check=True)
        return {"shell": count / (time.perf_counter() - began)}


class _TaskSpooler(Contestant):
    """Its queue is filled while two commands hold both of its slots; then these are ended, and time begins."""

    name = TASK_SPOOLER
    ways = (Variant("-S 2, -n", ()),)

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder: Path = scratch_folder("qctl-bench-")

    def sample(self, way: Variant, effort: Effort) -> Sample:
        self._say("-S", "2")
        try:
            for words in [("sleep", "600")] * 2 + [("true",)] * _SPOOLED:
                self._say("-n", *words)  # which says no number: they count from 0
            pids = [int(self._say("-p", str(number))) for number in range(2)]
            began = time.perf_counter()
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            self._say("-w", str(_SPOOLED + 1))
            took = time.perf_counter() - began
        finally:
            self._say("-K")
        return {"shell": _SPOOLED / took}

    def _say(self, *words: str) -> str:
        own = {"TS_SOCKET": str(self._folder / "socket"), "TMPDIR": str(self._folder), "TS_MAXFINISHED": "10"}
        said = subprocess.run(
            [self._program, *words], cwd=self._folder, env=clean_environment() | own, stdout=subprocess.PIPE, text=True
        )
        return said.stdout.strip()
