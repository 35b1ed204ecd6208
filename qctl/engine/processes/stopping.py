"""The slot's ear for stops: a signal that says nothing by itself, and the row that says whom it is for.

A signal that comes late finds another attempt in the row, or none, and does nothing: a soft limit of one job never hits
the next.
"""

from __future__ import annotations

import os
import signal

from qctl.engine.processes import tree
from qctl.engine.processes.passed_over import PassedOver
from qctl.engine.processes.table import Request, Stop, Why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.engine.processes.table import Row

#: Of the realtime signals, which no program uses by habit; a task that takes it over is stopped by KILL.
STOP_SIGNAL: Final = signal.SIGRTMIN + 7
_OWN: Final = -1  #: number of the one request that a slot makes itself


class Stopping:
    """Stop requests as they reach the attempt that runs."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._obeyed = 0
        self._in_child = False
        self._passed_over = PassedOver(STOP_SIGNAL)
        self._passed_over.on_passed_over = self._forget
        self.request: Request | None = None  #: the latest one for the attempt that runs
        self.interrupt: Callable[[Request], None] | None = None  #: what to do at once; may raise into the task
        self.bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)  #: readable after a signal
        self.listen()

    def listen(self) -> None:
        """Take the signal; again after each Python task, which may have taken it away."""
        signal.signal(STOP_SIGNAL, self._on_signal)

    def begin_in_child(self) -> None:
        """This process was forked for the attempt that runs, with STOP_SIGNAL blocked: hear anew, with an own bell."""
        self._obeyed = 0
        self._in_child = True
        self.bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.begin()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [STOP_SIGNAL])

    def begin(self) -> None:
        """A new attempt runs; what was asked of the last one is past."""
        self.request = None
        self.interrupt = None

    def _on_signal(self, *_: object) -> None:
        os.eventfd_write(self.bell, 1)
        request = self._row.request()
        if request is None or request.serial != self._row.current or request.number == self._obeyed:
            if not self._in_child or self._obeyed == _OWN or self._row.outgrown != self._row.current:
                return
            request = Request(self._row.current, _OWN, Stop.terminate(signal.SIGTERM, 0.0, Why.RELEASED))
        self._obeyed = request.number
        self.request = request
        if self.interrupt is not None:
            self._passed_over.look_out()
            self.interrupt(request)

    def _forget(self) -> None:
        """The task has not heard the latest request: the next signal is to tell it again."""
        self._obeyed = 0

    def outgrow(self, leader: int) -> None:
        """Tell the child of the attempt that runs to end, of the slot's own accord."""
        self._row.outgrown = self._row.current
        tree.signal_all([leader], STOP_SIGNAL)

    def quiet(self) -> None:
        """Forget the ringing."""
        try:
            os.eventfd_read(self.bell)
        except BlockingIOError:
            return
