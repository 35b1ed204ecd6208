"""A parent of its own, to be killed: starts a pool, runs one task, prints the pids that it knows, and waits."""

from __future__ import annotations

import select
import sys
from pathlib import Path

from qctl.engine.processes.events import Started
from tests.integration.processes.crew import Crew, python, shell


def main() -> None:
    folder = Path(sys.argv[1])
    text = f"(setsid sleep 303 & echo $! > {folder}/far); sleep 304 & echo $! > {folder}/near; wait"
    crew = Crew(folder, [shell(text), python("sleep_soft", "mark")], slots=2)
    crew.start("sh")
    crew.start("sleep_soft", {"mark": str(folder / "mark")})
    marks = [folder / "far", folder / "near"]
    crew.until((folder / "mark").exists)
    crew.until(lambda: all(mark.exists() and mark.read_text().strip() for mark in marks))
    pids = [event.pid for event in crew.of(Started)]
    print(crew.template, *pids, *(mark.read_text().strip() for mark in marks), flush=True)
    select.select([], [], [])


if __name__ == "__main__":
    main()
