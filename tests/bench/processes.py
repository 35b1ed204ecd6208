"""What processes cost: memory and processor time of a tree, and how long a command takes from exec to exit."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.support.processes import children

_TICK: Final = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(below for child in children(pid) for below in tree(child.pid))]


def memory_mb(pid: int) -> float:
    """The memory of a tree in MB, what processes share counted once (PSS)."""
    total = 0
    for one in tree(pid):
        with suppress(OSError):  # one that has just ended
            said = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += int(said.split("\nPss:")[1].split()[0])
    return total / 1024


def cpu_seconds(pid: int) -> float:
    """Processor time of a tree so far, with that of processes that have ended and were waited for."""
    ticks = 0
    for one in tree(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICK


def exact_cpu_seconds(pid: int) -> float:
    """The same to the nanosecond, of threads that live now: for what hardly does anything."""
    total = 0
    for one in tree(pid):
        for thread in Path(f"/proc/{one}/task").iterdir():
            with suppress(OSError):
                total += int((thread / "schedstat").read_text().split()[0])
    return total / 1e9


def seconds_of(command: Sequence[str], environment: Mapping[str, str], folder: Path, *, terminal: bool) -> float:
    """How long a command takes in a folder from exec to exit, in a terminal of 120x60 or with its output thrown away.

    Raises RuntimeError if it fails.
    """
    if terminal:
        outside, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 120, 0, 0))
    else:
        outside, inside = -1, os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, inside, number) for number in (0, 1, 2)]
    here = Path.cwd()
    os.chdir(folder)
    began = time.perf_counter()
    child = os.posix_spawnp(command[0], tuple(command), environment, file_actions=actions)
    _, status = os.waitpid(child, 0)
    took = time.perf_counter() - began
    os.chdir(here)
    os.close(inside)
    if terminal:
        os.close(outside)
    if status:
        raise RuntimeError(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return took
