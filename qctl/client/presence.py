"""Whether a worker is there: by its lease, and on this host by its process, which tells of a death at once."""

from __future__ import annotations

import os

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


def _has_died(about: Mapping[str, object]) -> bool:
    """Whether the process that a registration describes certainly runs no more; of another host nobody here knows."""
    boot = _boot()
    if not boot or not about.get("boot") or about.get("host") != os.uname().nodename:
        return False
    if about.get("pid_namespace", ours := _pid_namespace()) != ours:
        return False  # a container that shares this host's name: its numbers mean other processes
    pid = about.get("pid")
    return about["boot"] != boot or (isinstance(pid, int) and _started(pid) != about.get("start"))


def _boot() -> str:
    try:
        return _text_of("/proc/sys/kernel/random/boot_id").strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


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
