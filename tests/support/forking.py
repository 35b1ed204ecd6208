"""The program of the fork server: imports all of qctl once, and forks for each command that it is asked for.

A request is one byte with descriptors: a file with the words, the environment and the folder, a pipe for the answers,
and the three standard streams. Answered are the number of the process and, when it has ended, its status.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from runpy import run_path
from typing import Final, NoReturn

from qctl.cli.completion import instance
from qctl.cli.table import COMMANDS

UNFLUSHED: Final = 120  #: as Python ends where stdout cannot be written at last
THREADS_LEFT: Final = 121
TAB_LIMIT: Final = (
    30.0  #: seconds that a Tab gives Redis, of which it tells nothing after those: this machine may be slow
)


def import_everything() -> None:
    """Import what any command may import, and let the collector leave it where it is: forks share it."""
    for name in (
        "main",
        "calling",
        "grammar",
        "overview",
        *(f"commands.{row.module}" for row in COMMANDS if row.module),
    ):
        import_module(f"qctl.cli.{name}")
    vars(instance)["LIMIT"] = TAB_LIMIT
    gc.freeze()


def serve(line: socket.socket) -> None:
    """Fork for each request until nobody asks any more. Returns in each process that is to run a command."""
    wake, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([line, wake], [], [])
        if wake in ready:
            wake.recv(4096)
            tell_ends(running)
        if line in ready:
            word, descriptors, _, _ = socket.recv_fds(line, 1, 5)
            if not word:
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for held in (line, wake, waker):
                    held.close()
                for answers in running.values():
                    os.close(answers)
                return become(descriptors)
            running[pid] = descriptors[1]
            os.write(running[pid], b"%d\n" % pid)
            for each in (descriptors[0], *descriptors[2:]):
                os.close(each)


def tell_ends(running: dict[int, int]) -> None:
    """Say how each process ended that has."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        answers = running.pop(pid)
        with suppress(BrokenPipeError):  # whoever asked has given up
            os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(answers)


def become(descriptors: Sequence[int]) -> None:
    """Make this process one that was started with a request's words, environment, folder and standard streams.

    What Python made of the streams at its start holds for other pipes as well.
    """
    request, answers, *streams = descriptors
    os.close(answers)
    with open(request, "rb") as file:
        words, environment, folder = json.loads(file.read())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    sys.argv[1:] = words


def end(code: int) -> NoReturn:
    """End this process as Python does, but for taking all modules apart, which costs more than a command.

    A thread that is left is a fault: Python would wait for it, however long it takes.
    """
    left = [one.name for one in threading.enumerate() if not one.daemon and one is not threading.main_thread()]
    if left:
        print(f"threads are left that the end of the process would wait for: {', '.join(left)}", file=sys.stderr)
        code = THREADS_LEFT
    else:
        threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = UNFLUSHED
    os._exit(code)


if __name__ == "__main__":
    import_everything()
    serve(socket.socket(fileno=int(sys.argv[1])))
    program = str(Path(import_module("qctl").__file__ or "").with_name("__main__.py"))
    sys.argv[0] = program
    try:
        run_path(program, run_name="__main__")
    except SystemExit as ended:
        end(int(ended.code or 0))
