"""What Linux offers and Python's standard library does not wrap: prctl, and how much waits in a pipe."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import math
import os
import termios
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)  # told once, not converted by hand at each call
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
NO_DESCRIPTOR: Final = (errno.EMFILE, errno.ENFILE)  #: nothing more can be opened, by this process or by any
#: What the machine lacks now and may have later: it is tried again (faults 20 and 21).
PASSING: Final = (*NO_DESCRIPTOR, errno.EAGAIN, errno.ENOMEM)
_SOONER: Final = 200  #: what a slot's `oom_score_adj` is above its worker's: as if it used a fifth of all memory more
_HIGHEST_OOM_SCORE: Final = 1000
_FRESH: Final = 0.1  #: seconds for which a number of killed processes is taken for what it is now
_waiting: Final = bytearray(4)
_EMPTY: Final = bytes(4)
_ioctl: Final = fcntl.ioctl
_FIONREAD: Final = termios.FIONREAD
_P_ALL: Final = 0
_LOOK_ONLY: Final = int(os.WEXITED | os.WNOHANG | os.WNOWAIT)
_waitid: Final = ctypes.PyDLL(None).waitid  # which does not wait here: it may keep the interpreter's lock
setlocale: Final = ctypes.PyDLL(None).setlocale  #: setlocale(3): it costs less than what the module `locale` has
setlocale.argtypes, setlocale.restype = [ctypes.c_int, ctypes.c_char_p], ctypes.c_char_p
_waitid.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
fflush: Final = _libc.fflush  #: fflush(None) writes out what C code has printed and libc still holds


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def adopt_orphans(adopt: bool = True) -> None:
    """Become the parent of every descendant whose own parent dies, however far it daemonised (faults 18)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, int(adopt))


def die_with_parent(signal: int, parent: int) -> bool:
    """Get a signal when the parent dies. False if it has died already: then no signal will ever come.

    The signal belongs to the forking *thread*; processes of the engine have one thread.
    """
    _prctl(_PR_SET_PDEATHSIG, signal)
    return os.getppid() == parent


class _Notice(ctypes.Structure):
    """struct sigevent, of 64 bytes; SIGEV_SIGNAL is 0."""

    _fields_ = (
        ("value", ctypes.c_void_p),
        ("signal", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("_", ctypes.c_int * 12),
    )


_timer = (0, ctypes.c_void_p())  # whose it is, and itself: a forked process has none


class _Times(ctypes.Structure):
    """struct itimerspec: how often, and when."""

    _fields_ = (("every", ctypes.c_long * 2), ("first", ctypes.c_long * 2))


def signal_later(signal: int, seconds: float) -> None:
    """Send this process a signal in less than a second, and leave its alarms to the task. Nothing if that is refused.

    A process that it forks meanwhile gets none.
    """
    global _timer
    libc = _libc if hasattr(_libc, "timer_create") else ctypes.CDLL("librt.so.1")  # where glibc is older than 2.34
    owner, timer = _timer
    if owner != os.getpid():
        timer = ctypes.c_void_p()
        if libc.timer_create(time.CLOCK_MONOTONIC, ctypes.byref(_Notice(signal=signal)), ctypes.byref(timer)) != 0:
            return
        _timer = os.getpid(), timer
    libc.timer_settime(timer, 0, ctypes.byref(_Times(first=(0, int(seconds * 1e9)))), None)


def has_children() -> bool:
    """Whether this process has any child, dead ones included. Nobody is waited for.

    As `os.waitid` would say by an exception, which costs more than the system call.
    """
    return bool(_waitid(_P_ALL, 0, None, _LOOK_ONLY) == 0)


def nothing_waits(one: int, other: int) -> bool:
    """Whether two pipes are empty, asked at either end."""
    _ioctl(one, _FIONREAD, _waiting)
    if _waiting != _EMPTY:
        return False
    _ioctl(other, _FIONREAD, _waiting)
    return _waiting == _EMPTY


def waiting_bytes(fd: int) -> int:
    """How many bytes are in a pipe, asked at either end."""
    fcntl.ioctl(fd, termios.FIONREAD, _waiting)
    return int.from_bytes(_waiting, "little")


def write_all(fd: int, data: bytes) -> None:
    """Write to a descriptor that blocks, until all is written."""
    while data:
        data = data[os.write(fd, data) :]


def close_all_but(keep: set[int]) -> None:
    """Close every descriptor above 2 but these.

    For a process that was just forked: objects of the parent that hold closed descriptors must stay referenced, or
    their destructors would close what the numbers mean later.
    """
    low = 3
    for fd in sorted(keep):
        if fd >= low:
            os.closerange(low, fd)
            low = fd + 1
    os.closerange(low, 1 << 20 if _limit() > 1 << 20 else _limit())


def _limit() -> int:
    with contextlib.suppress(OSError, ValueError):
        return os.sysconf("SC_OPEN_MAX")
    return 1 << 16


def be_killed_first() -> None:
    """When memory runs out, be killed rather than the worker and its template: they have other jobs (fault 14).

    What this process starts inherits it. Anybody may raise it, nobody but root may lower it again.
    """
    with contextlib.suppress(OSError, ValueError), open("/proc/self/oom_score_adj", "r+b", buffering=0) as file:
        adjustment = min(_HIGHEST_OOM_SCORE, int(file.read()) + _SOONER)
        file.seek(0)
        file.write(str(adjustment).encode())


class OomKills:
    """How many processes the kernel has killed for want of memory, as it is known before an attempt.

    To look costs as much as all else that a slot does for a short command, and the number hardly ever changes: it is
    read again when it is older than a moment, or when an attempt was killed.
    """

    def __init__(self) -> None:
        self._known, self._until = 0, -math.inf

    def so_far(self) -> int:
        """The number, as it was a moment ago or later."""
        now = time.monotonic()
        if now >= self._until:
            self._known, self._until = oom_kills(), now + _FRESH
        return self._known

    def forget(self) -> None:
        """A process was killed just now, and what is known may be past."""
        self._until = -math.inf


def oom_kills() -> int:
    """How many processes the kernel has killed for want of memory since the machine started."""
    try:
        with open("/proc/vmstat", "rb") as file:
            text = file.read()
    except OSError:
        return 0
    start = text.find(b"\noom_kill ")
    return int(text[start + 10 : text.index(b"\n", start + 1)]) if start >= 0 else 0
