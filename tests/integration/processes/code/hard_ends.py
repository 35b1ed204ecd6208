"""Tasks that make it hard to hear of them, or to tell them anything."""

from __future__ import annotations

import os
import sys
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


class _Long:
    """Takes its time to go."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def __del__(self) -> None:
        Path(self.mark).touch()
        time.sleep(60)


def unhearing(where: str, mark: str) -> str:
    """Is stopped in a library's fork hooks, or in a destructor, has a hook for what is passed over, and goes on."""
    others: list[object] = []
    sys.unraisablehook = lambda passed_over: others.append(passed_over.exc_value)
    try:
        if where == "hooks":
            for _ in range(3):
                os.register_at_fork(before=lambda: _touch_and_sleep(mark))
            if os.fork() == 0:
                os._exit(0)
            os.wait()
        else:
            _Long(mark)
        time.sleep(60)
    except BaseException as error:
        return f"{type(error).__name__}, {len(others)} others"
    return "nothing"


def _touch_and_sleep(mark: str) -> None:
    Path(mark).touch()
    time.sleep(60)


def tell_job_id() -> None:
    print(os.environ["QCTL_JOB_ID"])
