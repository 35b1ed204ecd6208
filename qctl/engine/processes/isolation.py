"""What one Python job changes in its slot, put back before the next: environment, signals, timers, streams, locale …

The check is what every job pays for, so it compares; only what differs is put back.
"""

from __future__ import annotations

import contextlib
import gc
import locale
import os
import signal
import socket
import sys
from functools import partial

from qctl.engine.processes import kernel, surroundings
from qctl.engine.processes.stopping import STOP_SIGNAL
from qctl.engine.processes.variables import Variables, environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final

#: The C functions: those of `signal` make an enum of each answer and cost ten times as much.
_handler_of: Final[Callable[[int], Any]] = vars(signal)["_signal"].getsignal
_mask: Final[Callable[[int, tuple[int, ...]], set[int]]] = vars(signal)["_signal"].pthread_sigmask
_locale_now: Final = partial(kernel.setlocale, locale.LC_ALL, None)
_BLOCK: Final = int(signal.SIG_BLOCK)
#: Those that programs take; of the realtime signals none but our own is looked at, for each costs as much as the rest.
_SIGNALS: Final = [*sorted({*range(1, 32)} - {signal.SIGKILL, signal.SIGSTOP}), int(STOP_SIGNAL)]


_OF_THE_USER: Final = ("LOGNAME", "USER")
_ID: Final = "QCTL_JOB_ID"
_ID_KEY: Final = _ID.encode()
_OF_EVERY_JOB: Final = frozenset(
    ("QCTL_JOB_ID", "QCTL_TASK", "QCTL_ATTEMPT", "QCTL_QUEUE", "QCTL_FENCE", "QCTL_RUN_DIR")
)


class Environment:
    """`os.environ`, job by job."""

    def __init__(self) -> None:
        self._basic = dict(environ)
        self._expected = dict(environ)
        self._variables = Variables()
        self._about: dict[str, str] = {}  #: QCTL_… variables as they stand
        self._alike: Mapping[str, str] | None = None  #: those of an earlier job that stand, but for its id
        self._fleeting: list[bytes] = []  #: those that the next job must not find

    def begin_alike(self, id_: str, own: Mapping[str, str], about: Mapping[str, str]) -> None:
        """The same for a job to which all of `about` applies but the id, which is another job's.

        Its variables stand until a job comes that is not like it.
        """
        if self._alike is about:
            self._about[_ID], self._expected[_ID_KEY] = id_, id_.encode()
            self._variables.set(_ID_KEY, self._expected[_ID_KEY])
        else:
            self.begin(own, {**about, _ID: id_})
            self._alike = about

    def begin(self, own: Mapping[str, str], about: Mapping[str, str]) -> None:
        """Set the variables of a job. LOGNAME and USER are always the real user (P5)."""
        if self._alike is not None:
            self._take_away()
        for name, value in about.items():
            if self._about.get(name) != value:
                key = name.encode()
                self._about[name] = value
                if name not in _OF_EVERY_JOB:
                    self._fleeting.append(key)
                self._set(key, value.encode())
        for name, value in own.items():
            if name not in _OF_THE_USER and name not in about:
                key = name.encode()
                self._fleeting.append(key)
                self._set(key, value.encode(errors="surrogateescape"))

    def _set(self, name: bytes, value: bytes) -> None:
        self._expected[name] = value
        self._variables.set(name, value)

    def end(self) -> None:
        """Take them away again, unless the next job may be alike. What names the job is overwritten by the next one."""
        if environ != self._expected:
            self._put_back_all()
        elif self._alike is None:
            self._take_away()

    def _take_away(self) -> None:
        self._alike = None
        if not self._fleeting:
            return
        if not self._basic.keys().isdisjoint(self._fleeting):
            self._put_back_all()
        for name in self._fleeting:
            self._variables.unset(name)
            self._expected.pop(name, None)
            self._about.pop(name.decode(), None)
        self._fleeting = []

    def _put_back_all(self) -> None:
        """A task has changed them, or had some of those that stand for every job."""
        self._about, self._fleeting, self._alike = {}, [], None
        self._variables.remove()
        for name in [name for name in environ if name not in self._basic]:
            del os.environb[name]
        for name, value in self._basic.items():
            if environ.get(name) != value:
                os.environb[name] = value
        self._expected = dict(environ)


class Interpreter:
    """The rest of what a process has only one of."""

    def __init__(self) -> None:
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._path = list(sys.path)
        self._locale, self._locale_now = locale.setlocale(locale.LC_ALL), _locale_now()
        self._log = _logging_now() or (_USUAL_LEVEL, [], 0)
        self._recursion = sys.getrecursionlimit()
        self._handlers = self._handlers_now()

    def _handlers_now(self) -> list[Any]:
        return list(map(_handler_of, _SIGNALS))

    def remember_signals(self) -> None:
        """Take the handlers as they are now for the lawful ones."""
        self._handlers = self._handlers_now()

    def restore(self) -> None:
        """Put back whatever the last job has changed."""
        signal.alarm(0)  # the same timer as ITIMER_REAL
        if list(map(_handler_of, _SIGNALS)) != self._handlers:
            self._restore_signals()
        if _mask(_BLOCK, ()):
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if _locale_now() != self._locale_now:
            locale.setlocale(locale.LC_ALL, self._locale)
        if sys.path != self._path:
            sys.path[:] = self._path
        self._restore_logging()
        if sys.getrecursionlimit() != self._recursion:
            sys.setrecursionlimit(self._recursion)
        if socket.getdefaulttimeout() is not None:
            socket.setdefaulttimeout(None)
        if not gc.isenabled():
            gc.enable()
        self._restore_streams()

    def _restore_signals(self) -> None:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number, handler in zip(_SIGNALS, self._handlers, strict=True):
            if _handler_of(number) != handler and handler is not None:
                with contextlib.suppress(OSError, ValueError):
                    signal.signal(number, handler)

    def _restore_logging(self) -> None:
        if _logging_now() in (None, self._log):
            return
        logging = sys.modules["logging"]
        level, handlers, disabled = self._log
        logging.root.setLevel(level)
        logging.root.handlers[:] = handlers
        logging.disable(disabled)

    def _restore_streams(self) -> None:
        stdin, stdout, stderr = self._streams
        if stdin.closed or stdout.closed or stderr.closed:
            surroundings.fresh_streams()
            self._streams = (sys.stdin, sys.stdout, sys.stderr)
        else:
            sys.stdin, sys.stdout, sys.stderr = self._streams


_USUAL_LEVEL: Final = 30  #: WARNING


def _logging_now() -> tuple[int, list[Any], int] | None:
    """The level, the handlers and what is disabled; None as long as nobody logs, and the library is not here."""
    logging = sys.modules.get("logging")
    root = getattr(logging, "root", None)  # a thread may be importing it just now
    return None if root is None else (root.level, list(root.handlers), root.manager.disable)


def flush_output() -> None:
    """Push out what Python and C code have printed and still hold."""
    # A task may have put anything there. It is done for every job, and `suppress` takes longer than to flush nothing.
    try:  # noqa: SIM105
        sys.stdout.flush()
    except Exception:  # noqa: S110
        pass
    try:  # noqa: SIM105
        sys.stderr.flush()
    except Exception:  # noqa: S110
        pass
    kernel.fflush(None)
