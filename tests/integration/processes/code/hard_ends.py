"""Tasks that make it hard to hear of them, or to tell them anything."""

from __future__ import annotations

import os
import time
from pathlib import Path

_kept_open: list[int] = []


def opens_all_it_may(mark: str, size: int, lines: int) -> str:
    """Keeps every descriptor that this process may have, and says so outside of it."""
    with open(mark, "a") as file:
        file.write("ran\n")
    while True:
        try:
            _kept_open.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            break
    for number in range(lines):
        print(f"{number:09} {hash(number * 7919 + size):x}")
    return "x" * size


def forks_for_long(mark: str) -> None:
    """A library's hook takes its time, and the interpreter passes over whatever is raised there."""

    def hook() -> None:
        Path(mark).touch()
        time.sleep(60)

    os.register_at_fork(before=hook)
    if os.fork() == 0:
        os._exit(0)
    os.wait()
    Path(mark).with_suffix(".on").touch()
    time.sleep(60)


def once(mark: str, large: str) -> int:
    """Leaves a line each time that it runs."""
    with open(mark, "a") as file:
        file.write("ran\n")
    return len(large)
