"""Whether a worker is there, as the client sees it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qctl.client import presence
from qctl.client.presence import LEASE_MS, is_live
from qctl.store import WorkerInfo

NOW_MS = 1_800_000_000_000


def worker(*, condemned: bool = False, silent_ms: int = 0, **about: Any) -> WorkerInfo:
    """A registered worker: this process, unless `about` says otherwise."""
    known = {
        "host": os.uname().nodename,
        "pid": os.getpid(),
        "start": Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19],
        "boot": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
    }
    return WorkerInfo(
        id="w.1",
        about=known | about,
        beat=1,
        seen_ms=NOW_MS - silent_ms,
        since_ms=NOW_MS - 60_000,
        command="",
        condemned=condemned,
    )


@pytest.mark.parametrize(
    ("seen", "live"),
    [
        (worker(), True),
        (worker(condemned=True), False),
        (worker(silent_ms=LEASE_MS), False),
        (worker(start="1"), False),
        (worker(boot="another"), False),
        (worker(host="another", start="1"), True),
        (worker(pid_namespace="pid:[1]", start="1"), True),
        (worker(pid_namespace=os.readlink("/proc/self/ns/pid"), start="1"), False),
    ],
    ids=["lives", "condemned", "silent", "pid reused", "rebooted", "other host", "other container", "same container"],
)
def test_a_worker_is_there_by_its_lease_and_on_this_host_by_its_process(seen: WorkerInfo, live: bool) -> None:
    assert is_live(seen, NOW_MS) is live


def test_what_stays_of_this_host_is_looked_at_once_for_all_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    read, text_of = list[str](), presence._text_of

    def reading(path: str) -> str:
        read.append(path)
        return text_of(path)

    monkeypatch.setattr(presence, "_text_of", reading)
    assert all(is_live(worker(), NOW_MS) for _ in range(3))
    assert read.count(f"/proc/{os.getpid()}/stat") == 3
    assert len(read) <= 4, "and which start of the kernel this is, if nobody has asked before"
    read.clear()
    assert is_live(worker(host="another"), NOW_MS)
    assert read == []


@pytest.mark.parametrize(
    ("phase", "running", "doing"),
    [
        ("working", {}, "idle"),
        ("working", {"7kq2f8wz": 1}, "working"),
        ("draining", {}, "draining"),
        ("finishing", {"7kq2f8wz": 1}, "stopping"),
        ("cutting_off", {}, "stopping"),
        (None, {}, "idle"),
    ],
)
def test_a_worker_works_only_while_it_has_a_job(phase: str | None, running: dict[str, int], doing: str) -> None:
    assert replace(worker(phase=phase), running=running).doing == doing
