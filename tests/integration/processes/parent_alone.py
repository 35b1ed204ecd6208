"""A parent of its own, to be killed: starts a pool, runs two tasks, prints the pids that it knows, and waits.

With the word `leaving` the shell task has ended by then, and what it has left was told to end and does not. With
`deaf` a slot goes on from a command to a task that hears no signal.
"""

from __future__ import annotations

import select
import sys
from pathlib import Path

from qctl.engine.processes.events import Started
from tests.integration.processes.crew import Crew, python, shell

STAYS = "(setsid sleep 303 & echo $! > {folder}/far); sleep 304 & echo $! > {folder}/near; wait"
LEAVES = """
setsid sh -c 'trap "touch {folder}/told" TERM; echo $$ > {folder}/far; while :; do sleep 0.01; done' &
until test -s {folder}/far; do sleep 0.01; done
"""


def main() -> None:
    folder, leaving = Path(sys.argv[1]), sys.argv[2:] == ["leaving"]
    if sys.argv[2:] == ["deaf"]:
        return be_deaf(folder)
    crew = Crew(
        folder, [shell((LEAVES if leaving else STAYS).format(folder=folder)), python("sleep_soft", "mark")], slots=2
    )
    crew.start("sleep_soft", {"mark": str(folder / "mark")})
    crew.until((folder / "mark").exists)
    crew.start("sh")
    marks = [folder / "far"] if leaving else [folder / "far", folder / "near"]
    crew.until(lambda: all(mark.exists() and mark.read_text().strip() for mark in marks))
    if leaving:
        crew.until((folder / "told").exists)
    pids = [event.pid for event in crew.of(Started)]
    print(crew.template, *pids, *(mark.read_text().strip() for mark in marks), flush=True)
    select.select([], [], [])
    return None


def be_deaf(folder: Path) -> None:
    crew = Crew(folder, [shell("true"), python("deaf", "mark")])
    crew.submit("sh")  # both stand in line: nothing is waited for between them
    crew.submit("deaf", {"mark": str(folder / "mark")})
    crew.until((folder / "mark").exists)
    crew.told(Started)
    print(crew.template, crew.of(Started)[-1].pid, flush=True)
    select.select([], [], [])


if __name__ == "__main__":
    main()
