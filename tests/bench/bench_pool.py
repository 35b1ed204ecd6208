"""How many frames a second a pool runs, without Redis: the ceiling of the worker.

    python -m tests.bench.bench_pool [jobs] [slots] [frames in hand per slot]

Prints one JSON object per measurement. The target is 12,000 no-op Python jobs a second through 2 slots of a 2-core
machine; on a shared machine look at the microseconds of processor time, which do not depend on the neighbours as much.
"""

from __future__ import annotations

import json
import os
import resource
import select
import sys
import tempfile
import time
from collections.abc import Callable

from qctl.config import Config
from qctl.engine.processes.events import Event, Finished, Ready, Started
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.pool import Pool, PoolPlan
from qctl.model.call import Call, Kind
from qctl.model.task import Task

_TASKS = (
    Task(name="noop", kind=Kind.CALL, call="operator:not_"),
    Task(name="print", kind=Kind.CALL, call="builtins:print"),
    Task(name="true", kind=Kind.EXEC, exec=("/bin/true",)),
    Task(name="sh", kind=Kind.RUN, run="echo hello"),
)


def measure(task: str, jobs: int, slots: int, depth: int, together: int) -> dict[str, object]:
    """Run `jobs` jobs of a task, with `slots * depth` frames under way, and say what it cost.

    So many frames go `together` in one hand.
    """
    with tempfile.TemporaryDirectory() as directory:
        pool = Pool(PoolPlan(config=Config(tasks={t.name: t for t in _TASKS}), slots=slots, directory=directory))
        pool.start()
        _pump(pool, lambda event: isinstance(event, Ready))
        pids: set[int] = set()
        body = Call(task=task, args=("x",)).encode()
        before, begun = _processor_time(), time.perf_counter()
        done = sent = 0
        while done < jobs:
            if sent - done < slots * depth - depth // 2:
                more = range(sent, min(jobs, done + slots * depth))
                frames = [Frame(f"{number:08}", 1, 1, body, "default") for number in more]
                sent += pool.dispatch(frames, together)
            events = pool.events()
            done += sum(isinstance(event, Finished) for event in events)
            pids.update(event.pid for event in events if isinstance(event, Started | Finished) and event.pid)
            if not events:
                select.select(pool.sources(), [], [], max(0.0, min(1.0, pool.next_due() - time.monotonic())))
        took, parent = time.perf_counter() - begun, _processor_time() - before
        below = sum(map(_processor_time_of, pids))
        pool.close()
    return {
        "task": task,
        "slots": slots,
        "in_hand": depth,
        "jobs_per_s": round(jobs / took),
        "parent_us_per_job": round(parent / jobs * 1e6, 1),
        "slots_us_per_job": round(below / jobs * 1e6, 1),
        "load": os.getloadavg()[0],
    }


def _pump(pool: Pool, wanted: Callable[[Event], bool]) -> None:
    while not any(map(wanted, _next(pool))):
        continue


def _next(pool: Pool) -> list[Event]:
    select.select(pool.sources(), [], [], 1.0)
    return pool.events()


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _processor_time_of(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    jobs, slots, depth = (int(word) for word in [*sys.argv[1:], *("20000", "2", "32")[len(sys.argv) - 1 :]])
    for task, share in (("noop", 1), ("print", 4), ("true", 20), ("sh", 20)):
        together = max(1, depth // 4) if task == "noop" else 1
        print(json.dumps(measure(task, jobs // share, slots, depth, together)), flush=True)


if __name__ == "__main__":
    main()
