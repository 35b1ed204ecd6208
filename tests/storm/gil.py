"""Tasks that hold the GIL for three leases on end: the lease is the worker's, so nobody takes them for dead."""

from __future__ import annotations

import os
import time
from typing import Any, Final

from qctl.model.call import Call, Kind
from qctl.model.submission import Submission
from qctl.store import Command, Reading, open_store
from tests.storm.fleet import Fleet
from tests.support import Home, PrivateRedis, eventually
from tests.support.run_record import PYTHON, RunRecord

NAMESPACE: Final = "gil"
WORKERS: Final = 2
SLOTS: Final = 2
LEASES: Final = 3  #: for so many of them a task holds the GIL

_CODE: Final = f"""
import ctypes
{PYTHON}

def holds_the_gil(seconds):
    mark("start")
    ctypes.PyDLL(None).usleep(int(seconds * 1e6))
    mark("end")
"""

_TASKS: Final = """
[qctl]
python_path = ["."]
modules = ["holding"]

[tasks.hold]
call = "holding:holds_the_gil"
params.seconds = { type = "float" }
env = { RECORD = "RECORD_FILE" }
"""


def held_gil(seed: int, minutes: float, lease: float) -> dict[str, Any]:
    """Keep two workers busy with such tasks for so long. Answers how many ran more often than once, or not at all."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
    home = Home(server.url, NAMESPACE)
    record = RunRecord(home.folder / "record")
    _declare(home, record)
    fleet = Fleet(home, server.url, WORKERS, SLOTS, lease, alike=True)
    try:
        count = max(WORKERS * SLOTS, round(minutes * 60 / (LEASES * lease)) * WORKERS * SLOTS)
        return {"minutes": minutes, "lease_s": lease} | _told(
            server, fleet, record, [f"gil{seed}-{n}" for n in range(count)], lease
        )
    finally:
        fleet.close()
        home.remove()
        server.remove()


def _told(server: PrivateRedis, fleet: Fleet, record: RunRecord, ids: list[str], lease: float) -> dict[str, Any]:
    store = open_store(server.url, NAMESPACE, timeout=5.0)
    began = time.monotonic()
    try:
        body = Call(task="hold", kind=Kind.CALL, params={"seconds": LEASES * lease}).encode()
        store.do(store.verbs.submit([Submission(id=id_, task="hold", body=body) for id_ in ids]))
        key = store.keys.ended("hold")
        in_turn = len(ids) / (WORKERS * SLOTS)
        longest = 60.0 + 2 * in_turn * LEASES * lease
        eventually(lambda: store.do(Command(("ZCARD", key), int)) == len(ids), within=longest, every=0.2)
        wrong = fleet.finish()
        record.read()
        jobs = Reading(store).jobs(ids)
    finally:
        store.close()
    lost = [one["message"] for action in ("silence", "renew", "reclaim", "lost") for one in fleet.records(action)]
    found = [
        f"{job.id}: {record.starts.get(job.id, 0)} runs, fence {job.fence}"
        for job in jobs
        if _is_wrong(job.id, job.fence, record)
    ]
    return {
        "seconds": round(time.monotonic() - began, 1),
        "jobs": len(ids),
        "duplicates": len(found),
        "leases_lost": len(lost),
        "found": (found + lost + wrong)[:8],
    }


def _is_wrong(job: str, fence: int, record: RunRecord) -> bool:
    return record.starts.get(job) != 1 or fence != 1


def _declare(home: Home, record: RunRecord) -> None:
    home.write("holding.py", _CODE)
    home.write("tasks.toml", _TASKS.replace("RECORD_FILE", os.fspath(record.path)))
