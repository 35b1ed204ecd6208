"""Process trees: who descends from whom, and how a whole tree is ended.

A process group is not enough: a job may call setsid and fork twice (P16, fault 18). Since parent, template and slots
are subreapers, whatever a job leaves behind becomes a child of the slot, or of the template once the slot is dead.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time

from qctl.engine.processes import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Final

_PAUSE: Final = 0.002  #: seconds between two looks at processes that were killed


def await_death(pidfd: int, within: float) -> bool:
    """Wait until a process is dead (it may not be reaped yet). False if it still lives after `within` seconds."""
    if pidfd < 0:
        return True
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(max(0, int(within * 1000))))


def kill_child(pid: int, within: float) -> None:
    """KILL a child and wait until it is dead, so many seconds at most. It is not reaped; who is no child is spared."""
    deadline = time.monotonic() + within
    with contextlib.suppress(ChildProcessError):
        while not os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) and time.monotonic() < deadline:
            os.kill(pid, signal.SIGKILL)
            time.sleep(_PAUSE)


def has_children() -> bool:
    """Whether this process has any child, dead ones included.

    None at all proves that a subreaper has no descendant either, since those of a dead child become its own. It costs
    one system call, where looking through /proc costs thousands.
    """
    return kernel.has_children()


def parents() -> dict[int, tuple[int, str]]:
    """pid -> (its parent's pid, its state), of every process that can be seen. OSError: nothing can be opened."""
    return {int(name): seen for name in os.listdir("/proc") if name.isdigit() and (seen := _parent(name))}


def _parent(name: str) -> tuple[int, str] | None:
    """One row of `parents`; None if that process has gone."""
    try:
        with open(f"/proc/{name}/stat", "rb") as file:
            state, parent = file.read().rpartition(b")")[2].split(None, 2)[:2]
    except ValueError:
        return None
    except OSError as error:
        if error.errno in kernel.NO_DESCRIPTOR:
            raise  # whoever was passed over so would be taken for dead
        return None
    return int(parent), state.decode()


def children(of: int) -> list[int]:
    """The direct children of a process, dead ones included."""
    return [pid for pid, (parent, _) in parents().items() if parent == of]


def descendants(of: int, spare: Collection[int] = ()) -> list[int]:
    """Everything below a process that is alive, nearest first; what is below a spared one is spared too."""
    seen = parents()
    below: dict[int, list[int]] = {}
    for pid, (parent, _) in seen.items():
        below.setdefault(parent, []).append(pid)
    found: list[int] = []
    generation = [pid for pid in below.get(of, ()) if pid not in spare]
    while generation:
        found += generation
        generation = [pid for parent in generation for pid in below.get(parent, ())]
    return [pid for pid in found if seen[pid][1] not in "ZX"]


def group_of(pid: int) -> int:
    """A process's group; 0 if it is gone."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def name_of(pid: int) -> str:
    """A process's short name, for a log line."""
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return file.read().decode(errors="replace").strip()
    except OSError:
        return "?"


def signal_all(pids: Collection[int], number: int) -> None:
    """Send a signal to processes that were just found; those that are gone since do not matter."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group; a stopped one is woken to hear it. False if nobody is in it any more."""
    try:
        os.killpg(group, number)
        if number != signal.SIGKILL:
            os.killpg(group, signal.SIGCONT)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def reap(spare: Collection[int] = ()) -> None:
    """Wait for every dead child but the spared ones, without waiting for living ones (P24)."""
    if not spare:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        return
    for pid in [pid for pid, (parent, state) in parents().items() if parent == os.getpid() and state == "Z"]:
        if pid not in spare:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def kill_children(spare: Collection[int] = ()) -> bool:
    """KILL all descendants but the spared children and what is below those, and reap. True: nobody is left.

    To be called again until it says so: children of the killed come into sight only when these are dead.
    """
    if not has_children():
        return True
    # The farthest first: if this process is killed half-way, slots that still live see it and kill what they have.
    signal_all(descendants(os.getpid(), spare)[::-1], signal.SIGKILL)
    reap(spare)
    return not [pid for pid in children(os.getpid()) if pid not in spare]


def kill_all_children(within: float, spare: Collection[int] = ()) -> bool:
    """KILL and reap until nobody is left, or `within` seconds are over (a process in a dead disk's hands)."""
    deadline = time.monotonic() + within
    while not kill_children(spare):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True
