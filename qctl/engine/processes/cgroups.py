"""Control groups (cgroup v2), where the worker was given a part of the tree of its own: systemd's `Delegate=yes`.

There `limits.memory` and `limits.processes` hold for an attempt as a whole, with all that it starts, and its group is
killed at its end, whatever has hidden from the process tree. Elsewhere they hold for each process (setrlimit(2)).
See Control Group v2 in the kernel's documentation, and systemd's "Control Group APIs and Delegation".
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from itertools import count

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Final

_LEAF: Final = "qctl-worker"  #: where the worker's own processes are: a group with limits has none in itself
_CONTROLLERS: Final = {"memory": "memory", "processes": "pids"}  #: which one holds which of a task's limits
PREFIX: Final = "attempt-"
_PATIENCE: Final = 1.0  #: seconds that killed processes may take to be gone


@dataclass(frozen=True, slots=True)
class Delegation:
    """The part of the tree that belongs to this worker."""

    path: str
    controllers: frozenset[str]


def take_over(mounts: str = "/proc/self/mountinfo", own: str = "/proc/self/cgroup") -> Delegation | None:
    """Move this worker's processes to a group of their own, so that groups with limits can stand beside it.

    None where there is no cgroup v2, or the group was not delegated: then it belongs to somebody else, even if this
    process had the right to write there.
    """
    try:
        path = _own_group(mounts, own)
        if path is None:
            return None
        leaf = os.path.join(path, _LEAF)
        os.makedirs(leaf, exist_ok=True)
        for pid in _read(path, "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError):
                _write(leaf, "cgroup.procs", pid)
        for name in os.listdir(path):
            if name.startswith(PREFIX):  # of an attempt that was allowed to leave children behind
                with contextlib.suppress(OSError):
                    os.rmdir(os.path.join(path, name))
        offered = frozenset(_read(path, "cgroup.controllers").split()) & frozenset(_CONTROLLERS.values())
        for controller in offered:
            _write(path, "cgroup.subtree_control", f"+{controller}")
        return Delegation(path, offered)
    except OSError:
        return None


def _own_group(mounts: str, own: str) -> str | None:
    """The directory of the group that this process is in, if it was delegated to it."""
    root = _mount_of(mounts)
    with open(own) as file:
        name = next((line.strip()[3:] for line in file if line.startswith("0::")), None)
    if root is None or name is None:
        return None
    path = os.path.normpath(f"{root}/{name}")
    if os.path.basename(path) == _LEAF:  # this worker was started by one that has gone
        path = os.path.dirname(path)
    return path if any(_attribute(path, kind) == b"1" for kind in ("trusted.delegate", "user.delegate")) else None


def _mount_of(mounts: str) -> str | None:
    with open(mounts) as file:
        for line in file:
            before, _, after = line.partition(" - ")
            if after.startswith("cgroup2 "):
                return before.split()[4]
    return None


def _attribute(path: str, name: str) -> bytes:
    """How systemd marks what it has delegated."""
    try:
        return os.getxattr(path, name)
    except OSError:
        return b""


class AttemptGroup:
    """The group of one attempt."""

    def __init__(self, delegation: Delegation, name: str, limits: Mapping[str, int | float]) -> None:
        """Make it. Raises OSError."""
        self._path = os.path.join(delegation.path, name)
        #: The limits that need not be set for each process.
        self.holds = frozenset(
            limit for limit, one in _CONTROLLERS.items() if limit in limits and one in delegation.controllers
        )
        os.mkdir(self._path)
        try:
            self._set(limits)
        except OSError:
            os.rmdir(self._path)
            raise

    def _set(self, limits: Mapping[str, int | float]) -> None:
        if "memory" in self.holds:
            _write(self._path, "memory.max", str(int(limits["memory"])))
            _write(self._path, "memory.oom.group", "1")  # a job is killed whole, never by halves
        if "processes" in self.holds:
            _write(self._path, "pids.max", str(int(limits["processes"])))

    def enter(self) -> None:
        """In the attempt's process: be in it, with all that it will start. Raises OSError."""
        _write(self._path, "cgroup.procs", "0")

    def ran_out_of_memory(self) -> bool | None:
        """Whether the kernel has killed a process of it for want of memory. None: it is not counted here."""
        with contextlib.suppress(OSError):
            for line in _read(self._path, "memory.events").splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count) > 0
        return None

    def end(self, *, spare: bool) -> bool:
        """Kill what is left in it, unless that is to be spared, and remove it. False: it is still there."""
        return _remove(self._path) if spare else _kill(self._path)


class SlotGroups:
    """The groups of one slot's attempts: named by its process, so that another can end them when it has died."""

    def __init__(self, delegation: Delegation | None) -> None:
        self._delegation = delegation
        self._numbers = count(1)
        self._left: list[AttemptGroup] = []  #: of attempts that were allowed to leave children behind

    @contextlib.contextmanager
    def group_for(self, limits: Mapping[str, int | float], *, spare: bool) -> Iterator[AttemptGroup | None]:
        """A group for the time of an attempt, if there may be one and the attempt has limits for it."""
        group = None
        if self._delegation is not None and not _CONTROLLERS.keys().isdisjoint(limits):
            self._left = [left for left in self._left if not left.end(spare=True)]
            with contextlib.suppress(OSError):
                group = AttemptGroup(self._delegation, f"{PREFIX}{os.getpid()}-{next(self._numbers)}", limits)
        try:
            yield group
        finally:
            if group is not None and not group.end(spare=spare) and spare:
                self._left.append(group)


def end_groups_of(delegation: Delegation | None, slot: int) -> None:
    """Kill what is in the groups of a slot that has died, by its pid, and remove them."""
    if delegation is None:
        return
    with contextlib.suppress(OSError):
        for name in os.listdir(delegation.path):
            if name.startswith(f"{PREFIX}{slot}-"):
                _kill(os.path.join(delegation.path, name))


def _kill(path: str) -> bool:
    """Kill a group until nobody is in it, and remove it. False: a process in a dead disk's hands is still there."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            _write(path, "cgroup.kill", "1")
        except OSError:  # before Linux 5.14
            _kill_each(path)
        if _remove(path):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)


def _kill_each(path: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        for pid in _read(path, "cgroup.procs").split():
            os.kill(int(pid), signal.SIGKILL)


def _remove(path: str) -> bool:
    """Remove a group. False: somebody is in it, or is not reaped yet."""
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _read(path: str, name: str) -> str:
    with open(os.path.join(path, name)) as file:
        return file.read()


def _write(path: str, name: str, text: str) -> None:
    """Write at once, and to what is there alone."""
    fd = os.open(os.path.join(path, name), os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
