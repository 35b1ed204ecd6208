"""Where a measurement takes place: a fresh Redis for each, a folder for each peer, processes that end with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tests.bench.environments import clean_environment
from tests.bench.line import Line
from tests.bench.peers.peer import Counting, Peer, Variant
from tests.support.loopback import free_port
from tests.support.processes import processes_below
from tests.support.scratch import scratch_folder
from tests.support.servers import PrivateRedis, chosen_server, debian_server
from tests.support.waiting import eventually

#: As people run a Redis that they share. Its log is not written anew at 64 MB, which in a fresh one is within
#: a sample of those that do most in it, and of them alone: the others would be measured without.
SETTINGS: Final = ("--appendonly", "yes", "--appendfsync", "everysec", "--auto-aof-rewrite-percentage", "0")
_PATIENCE: Final = 300.0  #: seconds that a driver, or a drain, may take
_POLL: Final = 0.005  #: seconds between two looks at how far a worker is


class Place:
    """A peer's folder, with a fresh Redis."""

    def __init__(self, peer: Peer, folder: Path, port: int, line: Line) -> None:
        self.peer, self.folder, self.line, self.port = peer, folder, line, port
        self.url = f"redis://127.0.0.1:{port}/0"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """All that a process of this place sees of the world."""
        found = clean_environment(Path(self.peer.program("")))
        below = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("STATE", "CONFIG", "CACHE", "DATA")}
        return {**found, **below, "BENCH_REDIS": self.url, "QCTL_REDIS": self.url, **(more or {})}

    def drive(self, *words: str | int | float, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Submit, in a process of the peer's own; see driving/drive.py."""
        command = [*self.peer.driver(), *map(str, words)]
        said = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(variables),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if said.returncode:
            raise RuntimeError(f"{self.peer.name}: {' '.join(command)}\n{said.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
        return answer

    @contextmanager
    def worker(self, variant: Variant) -> Iterator[int]:
        """A worker, from its start until it has ended: its process."""
        words = [self.peer.program(variant.words[0]), *variant.words[1:]]
        log = self.folder / "worker.log"
        with log.open("ab") as stream:
            process = subprocess.Popen(
                [word.format(redis=self.url) if "{redis}" in word else word for word in words],
                cwd=self.folder,
                env=self.environment(variant.variables),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        try:
            yield process.pid
            if process.poll() is not None:
                raise RuntimeError(f"{self.peer.name}: {variant.label} has ended\n{log.read_text()[-2000:]}")
        finally:
            _end(process, self.folder)

    def ended(self, counting: Counting, count: int) -> int:
        """How many of `count` jobs have ended."""
        found = self.line.numbers(counting.commands)
        return count - found if counting.counts_down else found

    def until(self, counting: Counting, count: int, least: int) -> int:
        """Wait until so many of `count` jobs have ended, and answer how many had."""
        deadline = time.monotonic() + _PATIENCE
        while (done := self.ended(counting, count)) < least:
            if time.monotonic() > deadline:
                log = self.folder / "worker.log"
                raise RuntimeError(f"{self.peer.name}: {done} of {count} jobs\n{log.read_text()[-2000:]}")
            time.sleep(_POLL)
        return done


class Stand:
    """All that one run of the bench uses."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}
        self._server = debian_server() or chosen_server()

    @contextmanager
    def redis(self) -> Iterator[tuple[int, Line]]:
        """A server that nobody has used yet, on a port: not every peer speaks to a unix socket."""
        port = free_port()
        server = PrivateRedis(self._server, "--port", str(port), "--bind", "127.0.0.1", *SETTINGS)
        try:
            server.start()
            line = Line(port)
            yield port, line
            line.close()
        finally:
            server.remove()

    @contextmanager
    def place(self, peer: Peer) -> Iterator[Place]:
        """A peer's place, with a fresh Redis."""
        if peer.name not in self._folders:
            folder = scratch_folder("qctl-bench-")
            peer.furnish(folder)
            os.mkfifo(folder / "fifo")
            self._folders[peer.name] = folder
        with self.redis() as (port, line):
            yield Place(peer, self._folders[peer.name], port, line)


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """End a worker and all that is of it, at once: its Redis goes too, and to wait for each to leave takes minutes."""

    def none_left() -> bool:
        left = processes_below(folder)
        for seen in left:
            with suppress(ProcessLookupError):
                os.kill(seen.pid, signal.SIGKILL)
        process.poll()
        return not left

    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    eventually(none_left, within=10.0)
