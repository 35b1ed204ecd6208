"""Folders of tests that nothing survives: each is written down, and taken away at last, whatever becomes of its test.

Pytest's own `tmp_path` will not do for them: it is private to one user, stays for a while, and is too long for sockets.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TextIO

from tests.support.processes import is_alive, processes_below


def scratch_folder(prefix: str) -> Path:
    """A new folder of this user alone, below the folder for temporary files."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    _sweep_at_the_end(os.getpid())
    with _own_list_to_write() as listed:
        listed.write(f"{folder}\n")
    return folder


def sweep() -> None:
    """End what still runs in the folders of this process, and remove them: tests that failed may have left some."""
    _sweep(_own_list())


def sweep_after_the_dead() -> None:
    """The same for processes that were killed before they could do it themselves."""
    with suppress(FileNotFoundError):
        for listed in list(_lists().iterdir()):
            if not is_alive(int(listed.name)):
                _sweep(listed)
    forget_dead_clocks()


def forget_dead_clocks() -> None:
    """Remove what libfaketime leaves in memory of processes that were killed."""
    for path in Path("/dev/shm").glob("*faketime_s*m_*"):
        with suppress(FileNotFoundError):  # another session removes them too
            if not is_alive(int(path.name.rpartition("_")[2])) and path.stat().st_uid == os.geteuid():
                path.unlink()


@cache
def _sweep_at_the_end(_: int) -> None:
    """Of this process, that is: one that was forked has its own folders."""
    atexit.register(sweep)


def _lists() -> Path:
    """Where each process of tests has a file with its folders, by its number."""
    return Path(tempfile.gettempdir(), f"qctl-tests-of-{os.geteuid()}")


def _own_list() -> Path:
    return _lists() / str(os.getpid())


def _own_list_to_write() -> TextIO:
    """Its folder may go in between: whoever sweeps removes it if nobody has a list there."""
    while True:
        _lists().mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            return _own_list().open("a")


def _sweep(listed: Path) -> None:
    for folder in _folders(listed):
        for seen in processes_below(folder):
            with suppress(ProcessLookupError):
                os.kill(seen.pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
    listed.unlink(missing_ok=True)
    with suppress(OSError):  # others have theirs there
        _lists().rmdir()


def _folders(listed: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from (folder for line in listed.read_text().splitlines() if (folder := Path(line)).exists())
