"""What a Tab costs, beside what Python costs.

    python -m tests.bench.bench_completion [rounds]

Starts `python -c pass`, and `qctl __complete` for names of tasks and for ids of jobs, in turn, `rounds` (100) times: of
ids also where Redis is away, and where it is stopped and never answers, which may take 150 ms more than Python.
Prints one JSON object each: wall and processor time, the median in ms, and what they are of that of bare Python. For
names that is to be at most 1.5. `names (script)` is what a Tab starts: the command that pip has installed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from statistics import median

from tests.support import Home, PrivateRedis

_TASKS = "".join(f'[tasks.task-{number}]\nrun = "true"\ndoc = "number {number}"\n' for number in range(200))
_STOPPED = "ids (stopped)"
_CALL = "from qctl.cli.main import main; main()"


def measure(command: list[str], home: Home) -> tuple[float, float]:
    """Wall and processor time of one run, in ms."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, home.environment(), file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1)])
    usage = os.wait4(child, 0)[2]
    took = time.perf_counter() - began
    os.close(nowhere)
    return took * 1000, (usage.ru_utime + usage.ru_stime) * 1000


def main(rounds: int = 100) -> None:
    """Measure all in turn, and tell."""
    server = PrivateRedis().start()
    home = Home(server.url, "bench")
    script = shutil.which("qctl", path=home.environment()["PATH"]) or "qctl"
    try:
        os.chdir(home.work)
        home.write("tasks.toml", _TASKS)
        home.run("task", "list")
        asked = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "names": [sys.executable, "-c", _CALL, "__complete", "tasks", "task-1"],
            "names (script)": [script, "__complete", "tasks", "task-1"],
            "ids": [script, "__complete", "jobs", ""],
            "ids (away)": [script, "__complete", "jobs", "", "--redis", "unix:///nowhere.sock"],
            _STOPPED: [script, "__complete", "jobs", ""],
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, command in asked.items():
                os.kill(server.pid, signal.SIGSTOP if name == _STOPPED else signal.SIGCONT)
                found[name].append(measure(command, home))
                os.kill(server.pid, signal.SIGCONT)
        tell(found)
    finally:
        home.remove()
        server.remove()


def tell(found: dict[str, list[tuple[float, float]]]) -> None:
    """Print the medians, and what they are of the first."""
    medians = {name: [median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    bare = next(iter(medians.values()))
    for name, (wall, cpu) in medians.items():
        figures = {"wall_ms": round(wall, 1), "cpu_ms": round(cpu, 1)}
        ratios = {"wall_ratio": round(wall / bare[0], 2), "cpu_ratio": round(cpu / bare[1], 2)}
        print(json.dumps({"what": name, **figures, **ratios}), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
