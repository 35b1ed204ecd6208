"""Jobs that are commands, two at a time: `true` by qctl and by task-spooler, and what xargs needs for as many.

What somebody waits for is all of it, from the first word that is typed to the end of the last command, and that is what
xargs tells: so it is told of all three. How fast those end that wait already is told beside it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
            "shell-from-submit",
            "shell jobs (`true`), from submit to the last one's end, 2 slots",
            "jobs/s",
            Better.MORE,
            (Bar(0.4, (XARGS,)), Bar(2.0, (TASK_SPOOLER,))),
        ),
        Figure("shell", "shell jobs (`true`), all waiting already, 2 slots", "jobs/s", Better.MORE),
    )

    def contestants(self, field: Field, stack: ExitStack) -> list[Contestant]:
        found: list[Contestant] = [_Ours(field.us, field.stand)]
        if XARGS in field.programs:
            found.append(_Xargs(field.programs[XARGS]))
        if TASK_SPOOLER in field.programs:
            found.append(_TaskSpooler(field.programs[TASK_SPOOLER]))
        return found


class _Ours(Contestant):
    """A file of lines, given to one command while a worker is up and idle."""

    def __init__(self, us: Peer, stand: Stand) -> None:
        self.name, self.ways = US, us.variants
        self._us, self._stand = us, stand

    def sample(self, way: Variant, effort: Effort) -> Sample:
        count = effort.jobs // _SHARE
        return {"shell-from-submit": self._from_submit(way, count), "shell": self._waiting(way, count)}

    def _from_submit(self, way: Variant, count: int) -> float:
        with self._stand.place(self._us) as place, place.worker(way):
            place.drive("fill", "noop", 1)
            place.until(self._us.counting("noop"), 1, 1)
            lines = place.folder / "lines"
            lines.write_bytes(_lines(count))
            words = (self._us.program("qctl"), "run", "-q", "true", "--each", os.fspath(lines), "--", "{}")
            began = time.perf_counter()
            subprocess.run(words, cwd=place.folder, env=place.environment(), stdout=subprocess.DEVNULL, check=True)
            place.until(self._us.counting("true"), count, count)
            return count / (time.perf_counter() - began)

    def _waiting(self, way: Variant, count: int) -> float:
        counting = self._us.counting("true")
        with self._stand.place(self._us) as place:
            place.drive("fill", "true", count)
            with place.worker(way):
                first = place.until(counting, count, count // 10)
                began = time.perf_counter()
                place.until(counting, count, count)
                return (count - first) / (time.perf_counter() - began)


class _Xargs(Contestant):
    name = XARGS
    ways = (Variant("-P2 -n1 sh -c :", ()),)

    def __init__(self, program: str) -> None:
        self._program = program

    def sample(self, way: Variant, effort: Effort) -> Sample:
        count = effort.jobs // _SHARE
        words = [self._program, "-P2", "-n1", "sh", "-c", ":"]
        began = time.perf_counter()
        subprocess.run(words, input=_lines(count), env=clean_environment(), check=True)
        return {"shell-from-submit": count / (time.perf_counter() - began)}


class _TaskSpooler(Contestant):
    """Its server is up with two slots, and a shell gives it commands in one of the ways that its users have."""

    name = TASK_SPOOLER
    ways = (
        Variant("-n, a loop of sh", ('for number in $(seq "$1"); do "$0" -n true; done',)),
        Variant("a loop of sh", ('for number in $(seq "$1"); do "$0" true; done',)),
        Variant("-n, by xargs", ('seq "$1" | xargs -n1 "$0" -n true',)),
        Variant("-n, by xargs -P2", ('seq "$1" | xargs -P2 -n1 "$0" -n true',)),
    )

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder: Path = scratch_folder("qctl-bench-")
        own = {"TS_SOCKET": str(self._folder / "socket"), "TMPDIR": str(self._folder), "TS_MAXFINISHED": "10"}
        self._environment = clean_environment() | own

    def sample(self, way: Variant, effort: Effort) -> Sample:
        return {"shell-from-submit": self._from_submit(*way.words), "shell": self._waiting(*way.words)}

    def _from_submit(self, script: str) -> float:
        with self._server():
            began = time.perf_counter()
            self._fill(script)
            self._await(_SPOOLED)
            return _SPOOLED / (time.perf_counter() - began)

    def _waiting(self, script: str) -> float:
        """Its queue is filled while two commands hold both of its slots; then these are ended, and time begins."""
        with self._server():
            for _ in range(2):
                self._say("-n", "sleep", "600")
            pids = [int(self._say("-p", str(number))) for number in range(2)]
            self._fill(script)
            began = time.perf_counter()
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            self._await(_SPOOLED + 2)
            return _SPOOLED / (time.perf_counter() - began)

    @contextmanager
    def _server(self) -> Iterator[None]:
        """A server that nobody has used yet: with the first command it comes up, and counts from 0."""
        self._say("-S", "2")
        try:
            yield
        finally:
            self._say("-K")

    def _fill(self, script: str) -> None:
        words = ["sh", "-c", script, self._program, str(_SPOOLED)]
        subprocess.run(words, cwd=self._folder, env=self._environment, stdout=subprocess.DEVNULL, check=True)

    def _await(self, count: int) -> None:
        """Wait for the last two of so many: each of two slots has one of them."""
        for number in (count - 2, count - 1):
            self._say("-w", str(number))

    def _say(self, *words: str) -> str:
        said = subprocess.run(
            [self._program, *words], cwd=self._folder, env=self._environment, stdout=subprocess.PIPE, text=True
        )
        return said.stdout.strip()


def _lines(count: int) -> bytes:
    return b"".join(b"%d\n" % number for number in range(count))
