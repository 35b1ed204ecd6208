"""One template with its slots, as the parent holds it: sockets, shared page, process. The pool replaces it whole."""

from __future__ import annotations

import errno
import gc
import os
import signal
from contextlib import ExitStack

from qctl.classes import dataclass
from qctl.engine.processes import kernel, packets, reports, tree
from qctl.engine.processes.dispatch import Dispatch
from qctl.engine.processes.plan import Channels
from qctl.engine.processes.table import Table
from qctl.engine.processes.template import run_template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket
    from typing import Any, Final, Self

    from qctl.engine.processes.plan import PoolPlan


@dataclass(slots=True)
class SlotSeen:
    """A slot as the parent knows it."""

    pid: int
    pidfd: int  #: -1: it was gone before it could be looked at, or no descriptor was left for it
    tell: Callable[..., None]  #: the template, whose child it is
    killed: bool = False  #: by us

    @classmethod
    def of(cls, pid: int, tell: Callable[..., None]) -> Self:
        """Take hold of a slot that was just forked."""
        try:
            return cls(pid, os.pidfd_open(pid), tell)
        except OSError as error:
            if error.errno not in (errno.ESRCH, errno.EMFILE, errno.ENFILE):
                raise
            return cls(pid, -1, tell)

    def signal(self, number: int) -> None:
        """Send a signal to exactly this process, gone or not."""
        if self.pidfd < 0:
            self.tell(signal=int(number), to=self.pid)
            return
        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:
            return

    def end_orphan(self, within: float) -> None:
        """The template is dead: kill this one, and wait until it is dead too, so many seconds at most."""
        if self.pidfd < 0:
            tree.kill_child(self.pid, within)
            return
        self.signal(signal.SIGKILL)
        tree.await_death(self.pidfd, within)

    def close(self) -> None:
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1


#: Templates of this process: a worker that reloads has two, and neither pool may sweep the other away.
templates: Final[set[int]] = set()


class Generation:
    """A template process, and everything that only lives as long as it does. OSError: nothing of it is there."""

    def __init__(self, plan: PoolPlan) -> None:
        self.table = Table(plan.most or plan.slots)
        self.slots: dict[int, SlotSeen] = {}
        self.closing = False
        self._unsent: list[bytes] = []
        with ExitStack() as if_refused, ExitStack() as inherited:

            def pair(theirs: ExitStack) -> list[socket]:
                return [each.enter_context(end) for each, end in zip((if_refused, theirs), packets.pair(), strict=True)]

            self._dispatch_ours, self._dispatch_theirs = pair(if_refused)
            self.reports, reports_theirs = pair(inherited)
            self._control, control_theirs = pair(inherited)
            self.pid = self._fork(plan, Channels(self._dispatch_theirs, reports_theirs, control_theirs, self.table))
            if_refused.pop_all()
        self.dispatch = Dispatch(self._dispatch_ours, self._dispatch_theirs, self.table)
        self.reports.setblocking(False)
        self._control.setblocking(False)
        self.pidfd = os.pidfd_open(self.pid)  # of those ends that the template has, two descriptors are free again
        templates.add(self.pid)

    def _fork(self, plan: PoolPlan, channels: Channels) -> int:
        """Fork the template. Forking is safe here: the parent starts no threads."""
        parent = os.getpid()
        gc.disable()  # a destructor must not run in the child before its descriptors are sorted out
        try:
            pid = os.fork()
            if pid == 0:
                _never_return(plan, channels, parent)
        finally:
            gc.enable()
        return pid

    def tell(self, **order: Any) -> None:
        """Send an order to the template, which may have no descriptor left; kept until its socket takes it."""
        self._unsent += packets.in_parts(reports.pack_json(order))
        self.flush()

    def flush(self) -> None:
        """Send what waits for the template."""
        try:
            while self._unsent and packets.send(self._control, self._unsent[0], packets.DONTWAIT):
                del self._unsent[0]
        except packets.Closed:
            self._unsent.clear()

    def pid_of(self, slot: int) -> int:
        """The process of a slot; 0 if it is not there any more."""
        seen = self.slots.get(slot)
        return seen.pid if seen else 0

    def kill_who_holds(self, key: tuple[str, int]) -> None:
        """Kill the slot that shows this attempt and has not begun it. One that begins it just then is not charged."""
        serial = self.dispatch.serial_of(key)
        for number, seen in self.slots.items():
            if serial in self.dispatch.sent and self.table.row(number).current == serial:
                seen.killed = True
                seen.signal(signal.SIGKILL)

    def hang_up(self) -> None:
        """Let the template see that the parent is done with it: it kills everything and goes."""
        self._control.close()

    def close(self) -> None:
        """Give back every descriptor. The template is dead and waited for."""
        templates.discard(self.pid)
        for slot in self.slots.values():
            slot.close()
        self.slots.clear()
        for end in (self._dispatch_ours, self._dispatch_theirs, self.reports, self._control):
            end.close()
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1


def _never_return(plan: PoolPlan, channels: Channels, parent: int) -> None:
    """Be the template until the end; nothing of the parent's stack may go on in this process."""
    try:
        gc.freeze()  # what the parent holds stays referenced: see kernel.close_all_but
        gc.enable()
        kernel.close_all_but(channels.descriptors() | {plan.stderr})
        run_template(plan, channels, parent)
    finally:
        os._exit(70)
