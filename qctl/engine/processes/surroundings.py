"""What a process of the engine gives itself right after it was forked: signals, streams, locale, death signal.

Nothing of how the worker was started may reach a job: a shell with SIGHUP ignored, a closed stdin, a foreign locale.
"""

from __future__ import annotations

import contextlib
import io
import locale
import os
import signal
import sys

from qctl.engine.processes import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_CATCHABLE: Final = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


def reset_signals() -> None:
    """Every signal as at the start of a fresh program, none blocked (P12)."""
    signal.set_wakeup_fd(-1)
    for number in _CATCHABLE:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # as Python has it; children get the default back
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def follow_parent(death_signal: int, parent: int) -> None:
    """End with the parent, and leave at once if it is gone already."""
    if not kernel.die_with_parent(death_signal, parent):
        os._exit(0)


def fresh_streams() -> None:
    """Make `sys.stdout` and `sys.stderr` anew over descriptors 1 and 2: UTF-8, flushed at every line (P10).

    Made before task code is imported, so that what remembers them (a logging handler) remembers these.
    """
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    sys.stdout = _text_writer(1)
    sys.stderr = _text_writer(2)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr  # type: ignore[misc]


def _text_writer(fd: int) -> io.TextIOWrapper:
    raw = io.FileIO(fd, "w", closefd=False)
    errors = "backslashreplace" if fd == 2 else "surrogateescape"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors=errors, line_buffering=True)


def fresh_logging() -> None:
    """Forget how the worker logs: a task's logging starts as in a program of its own."""
    logging = sys.modules.get("logging")
    if logging is None:
        return
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)


def use_locale() -> None:
    """The locale that LANG names in a job's environment."""
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "C.UTF-8")


def null_stdin() -> None:
    """Let reads of descriptor 0 end at once (P9)."""
    fd = os.open(os.devnull, os.O_RDONLY)
    if fd != 0:
        os.dup2(fd, 0)
        os.close(fd)
