"""Whether a worker is there: by its lease, and on this host by its process, which tells of a death at once."""

from __future__ import annotations

import os

from qctl.later import cached_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.store import WorkerInfo
    from qctl.store.schedule_values import BeatInfo

#: A worker whose last heartbeat is older has lost its lease: architecture.md, "The worker".
LEASE_MS: Final = 30_000


def is_live(worker: WorkerInfo, now_ms: int) -> bool:
    """Whether a worker holds a lease and, if it is one of this host, still runs."""
    return not worker.condemned and now_ms - worker.seen_ms < LEASE_MS and not _has_died(worker.about)


def beat_is_live(beat: BeatInfo, now_ms: int) -> bool:
    """Whether a beat has given a pulse of late and, if it is one of this host, still runs."""
    return beat.has_pulse(now_ms) and not _has_died(beat.about)


class _Host:
    """This host, as far as it stays so while this process runs: looked at once, however many workers there are."""

    @cached_property
    def boot(self) -> str:
        """Which start of its kernel this is; empty: nobody knows."""
        try:
            return _text_of("/proc/sys/kernel/random/boot_id").strip()
        except OSError:
            return ""

    @cached_property
    def pid_namespace(self) -> str:
        """In which the numbers of processes are to be read; empty: nobody knows."""
        try:
            return os.readlink("/proc/self/ns/pid")
        except OSError:
            return ""


_HERE: Final = _Host()


def _has_died(about: Mapping[str, object]) -> bool:
    """Whether the process that a registration describes certainly runs no more; of another host nobody here knows."""
    if about.get("host") != os.uname().nodename or not about.get("boot") or not _HERE.boot:
        return False
    if about.get("pid_namespace", _HERE.pid_namespace) != _HERE.pid_namespace:
        return False  # a container that shares this host's name: its numbers mean other processes
    pid = about.get("pid")
    return about["boot"] != _HERE.boot or (isinstance(pid, int) and _started(pid) != about.get("start"))


def _started(pid: int) -> str | None:
    """When a process started, in clock ticks since boot; None if there is none, or a zombie."""
    try:
        after_name = _text_of(f"/proc/{pid}/stat").rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] in "ZX" else after_name[19]


def _text_of(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
