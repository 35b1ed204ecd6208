"""Tasks that tell what the process that they run in may do and has at hand."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import stat
import time
from pathlib import Path
from typing import Any

from qctl import current


def who_am_i() -> dict[str, Any]:
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{os.getpid()}/status").read_text().splitlines())
    way_back = "none"
    for become in (os.setuid, os.seteuid, os.setgid):
        try:
            become(0)
            way_back = become.__name__
        except PermissionError:
            pass
    return {
        "uids": status["Uid"].split(),
        "gids": status["Gid"].split(),
        "groups": sorted(os.getgroups()),
        "capabilities": int(status["CapEff"], 16),
        "way_back": way_back,
        "home": os.environ["HOME"],
        "logname": os.environ["LOGNAME"],
        "cwd": os.getcwd(),
        "session": os.getsid(0) == os.getpid(),
        "death_signal": death_signal(),
    }


def death_signal() -> int:
    """The signal that this process gets when its parent dies."""
    number = ctypes.c_int()
    ctypes.CDLL(None).prctl(_PR_GET_PDEATHSIG, ctypes.byref(number))
    return number.value


_PR_GET_PDEATHSIG = 2


def restricted() -> dict[str, Any]:
    limits = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)
    return {"nice": os.nice(0), "limits": [resource.getrlimit(limit)[0] for limit in limits], "pid": os.getpid()}


def sockets() -> list[int]:
    """The descriptors above 2 that lead to a file, a folder, a socket or a pipe."""
    found = []
    for number in range(3, 1024):
        with contextlib.suppress(OSError):
            if stat.S_IFMT(os.fstat(number).st_mode):
                found.append(number)
    return found


def write_in_run_dir(name: str) -> str:
    path = os.path.join(os.environ["QCTL_RUN_DIR"], name)
    Path(path).write_text("here")
    return path


def cgroup() -> str:
    return Path("/proc/self/cgroup").read_text()


def tidies(size: int, parts: int) -> None:
    """The same, and put something in order when told to stop."""
    try:
        spreads(size, parts)
    except current.Stopped:
        print("put in order")
        raise


def spreads(size: int, parts: int) -> None:
    """Use `size` bytes in each of so many processes, none of them much.

    What a signal raises while libraries prepare for a fork, as logging does, Python throws away: so none comes then.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    for _ in range(parts):
        if os.fork() == 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            kept = b"x" * size
            signal.pause()
            del kept
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    while True:  # a pause that begins in the moment of a signal would miss it
        time.sleep(0.05)
