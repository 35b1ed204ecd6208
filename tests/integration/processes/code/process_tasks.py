"""Task code that the tests of this folder run in slots. Imported by the template, never by the tests."""

from __future__ import annotations

import asyncio
import ctypes
import json
import locale
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qctl import current

_libc = ctypes.PyDLL(None)  # PyDLL keeps the GIL while C code runs


def nothing() -> None:
    return None


def echo(value: Any = None) -> Any:
    return value


def say(text: str) -> None:
    print(text)


def say_everywhere() -> None:
    print("by print ä")
    print("by stderr", file=sys.stderr)
    logging.getLogger("any").warning("by logging")
    os.write(1, b"by descriptor\n")
    _libc.puts(b"by C")
    sys.stdout.write("partial")


def print_from_c(size: int) -> int:
    data = b"x" * size
    return int(_libc.write(1, data, size))


def flood(size: int) -> None:
    block = b"0123456789abcde\n" * 4096
    for _ in range(size // len(block)):
        os.write(1, block)


def fail(text: str) -> None:
    raise ConnectionResetError(text)


class _Rude(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def rude() -> None:
    raise _Rude


def raise_base() -> None:
    raise BaseException("unusual")


def interrupt_self() -> None:
    raise KeyboardInterrupt


def leave(code: Any = None) -> None:
    sys.exit(code)


def leave_hard(code: int) -> None:
    os._exit(code)


def segfault() -> None:
    ctypes.string_at(0)


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def again(countdown: float | None = None) -> None:
    raise current.retry(countdown=countdown)


def wait_for(path: str) -> str:
    while not Path(path).exists():
        time.sleep(0.002)
    return "seen"


def wait_and_mark(path: str, mark: str) -> str:
    Path(mark).write_text(str(os.getpid()))
    return wait_for(path)


def soft(mark: str) -> str:
    try:
        Path(mark).touch()
        time.sleep(600)
    except current.SoftTimeLimitExceeded:
        return "cleaned up"
    return "not told"


def sleep_soft(mark: str) -> None:
    Path(mark).touch()
    time.sleep(600)


async def sleep_async(mark: str) -> str:
    asyncio.get_running_loop().call_soon(Path(mark).touch)  # when this awaits
    try:
        await asyncio.sleep(60)
    except current.SoftTimeLimitExceeded:
        await asyncio.sleep(0)
        return "cleaned up"
    return "not told"


async def answer_async(value: int) -> int:
    asyncio.get_running_loop().create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    return value


def deaf(mark: str) -> None:
    """Hears nothing: swallows every exception."""
    Path(mark).touch()
    while True:
        try:
            time.sleep(600)
        except BaseException:
            continue


def hold_gil(mark: str) -> None:
    Path(mark).touch()
    sum(range(10**12))  # one long call into C: no other thread runs, no signal handler


def spread(path: str) -> None:
    """Change everything that a process has only one of."""
    os.chdir(path)
    os.environ["LEAKED"] = "yes"
    os.environ["HOME"] = "/nowhere"
    del os.environ["LANG"]
    os.umask(0o077)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    signal.setitimer(signal.ITIMER_REAL, 30)
    locale.setlocale(locale.LC_ALL, "C")
    logging.getLogger().addHandler(logging.StreamHandler())
    logging.getLogger().setLevel(logging.DEBUG)
    sys.path.insert(0, path)
    socket.setdefaulttimeout(1.0)
    sys.setrecursionlimit(2000)
    Path(os.environ["QCTL_RUN_DIR"], "left").touch()
    sys.stdout.close()
    os.close(1)
    os.close(2)


def inspect() -> dict[str, Any]:
    mask = os.umask(0)
    os.umask(mask)
    root = logging.getLogger()
    return {
        "cwd": os.getcwd(),
        "leaked": os.environ.get("LEAKED"),
        "environ": {name: value for name, value in os.environ.items() if not name.startswith("QCTL_")},
        "umask": mask,
        "term": str(signal.getsignal(signal.SIGTERM)),
        "alarm": str(signal.getsignal(signal.SIGALRM)),
        "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "timer": signal.getitimer(signal.ITIMER_REAL)[0],
        "locale": locale.setlocale(locale.LC_ALL),
        "handlers": len(root.handlers),
        "level": root.level,
        "path": sys.path,
        "timeout": socket.getdefaulttimeout(),
        "recursion": sys.getrecursionlimit(),
        "run_dir": os.listdir(os.environ["QCTL_RUN_DIR"]),
        "stdout": os.path.realpath("/proc/self/fd/1").partition(":")[0],
    }


def know_yourself() -> dict[str, Any]:
    return {
        "job_id": current.job_id,
        "task": current.task,
        "attempt": current.attempt,
        "fence": current.fence,
        "queue": current.queue,
        "scheduled_for": current.scheduled_for,
    }


def report(steps: int) -> None:
    for step in range(1, steps + 1):
        current.progress(step, steps, f"step {step}")


def report_from_child() -> str:
    code = "from qctl import current; current.progress(0.5, 'from a child'); print(current.job_id)"
    home = {"PYTHONPATH": str(Path(current.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | home, capture_output=True, check=True)
    return done.stdout.decode().strip()


def ask(request: dict[str, Any]) -> Any:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.path.join(current.run_dir, "qctl.sock"))
        connection.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(connection.makefile().readline())


def leave_child(mark: str) -> int:
    child = subprocess.Popen(["sleep", "300"], start_new_session=True)
    Path(mark).write_text(str(child.pid))
    return child.pid


def run_child() -> str:
    return subprocess.run(["echo", "from a child"], capture_output=True, check=True).stdout.decode()


def fork_and_return() -> str:
    if os.fork() == 0:
        return "in the child"
    os.wait()
    return "in the parent"


def leave_open() -> None:
    os.set_inheritable(os.open(os.devnull, os.O_RDONLY), True)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def unserialisable() -> object:
    return object()


def circular() -> list[Any]:
    ring: list[Any] = [[]]
    ring[0] = ring
    return ring


def not_a_number() -> float:
    return float("nan")


def large(size: int) -> str:
    return "x" * size


def lone_surrogate() -> str:
    return "\ud800"


def chunks() -> Iterator[int]:
    yield 1


def burn(seconds: float, size: int) -> None:
    block = bytearray(size)
    end = time.process_time() + seconds
    while time.process_time() < end:
        block[0] = 1


def burn_on(size: int) -> None:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    burn(60, size)


def say_and_die() -> None:
    print("last words")
    os.kill(os.getpid(), signal.SIGKILL)
