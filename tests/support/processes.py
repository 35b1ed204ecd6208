"""Looking at processes through /proc: whose child, which command, from which folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

_STARTS: Final = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"})  #: by which processes start


@dataclass(frozen=True, slots=True)
class Seen:
    """One process as /proc showed it; `state` Z is a dead one that nobody has waited for."""

    pid: int
    parent: int
    state: str
    command: str

    @property
    def is_a_redis(self) -> bool:
        """Whether it is a server of jobs, by whichever of its two names."""
        return "redis-server" in self.command or "valkey-server" in self.command

    def __str__(self) -> str:
        return f"{self.pid} ({self.state}) {self.command}"


def every_process() -> Iterator[Seen]:
    """All processes of this machine that can be read."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (seen := look_at(int(entry))):
            yield seen


def look_at(pid: int) -> Seen | None:
    """One process, or None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return None
    name, _, rest = stat.partition("(")[2].rpartition(")")
    state, parent, *_ = rest.split()
    return Seen(pid, int(parent), state, command.strip() or name)


def is_alive(pid: int) -> bool:
    """Whether `pid` is a process that still runs; a zombie does not."""
    seen = look_at(pid)
    return seen is not None and seen.state != "Z"


def children(of: int | None = None) -> list[Seen]:
    """The direct children of a process, this one by default, zombies included."""
    parent = os.getpid() if of is None else of
    try:
        listed = [Path(task, "children").read_text().split() for task in Path(f"/proc/{parent}/task").iterdir()]
    except OSError:  # the kernel lists no children, or a thread has ended: look at all processes there are
        return [seen for seen in every_process() if seen.parent == parent]
    return [seen for pid in chain.from_iterable(listed) if (seen := look_at(int(pid)))]


class Offspring:
    """The children of this process: looked at again only when it has started a process since the last look."""

    def __init__(self) -> None:
        self._started = True
        self._seen: list[Seen] = []
        sys.addaudithook(self._hear)  # cannot be taken back: one for the whole session

    def now(self) -> list[Seen]:
        """The children that there are, or were when the last look was taken and none was started since."""
        if self._started:
            self._started = False
            self._seen = children()
        return self._seen

    def look_again(self) -> None:
        """Take a new look the next time."""
        self._started = True

    def _hear(self, event: str, _: object) -> None:
        if event in _STARTS:
            self._started = True


def processes_below(folder: Path) -> list[Seen]:
    """Living processes that belong to `folder`: it stands in their command, their environment or is where they work."""
    return [seen for seen in every_process() if seen.state != "Z" and _belongs(seen, os.fspath(folder))]


def _belongs(seen: Seen, folder: str) -> bool:
    if seen.pid == os.getpid():
        return False
    try:
        working = os.readlink(f"/proc/{seen.pid}/cwd")
        surroundings = Path(f"/proc/{seen.pid}/environ").read_bytes()
    except OSError:
        return folder in seen.command
    return working.startswith(folder) or folder in seen.command or folder.encode() in surroundings
