"""The template: the process that has imported the task code, and from which slots are forked.

It forks slots when told, reaps them, drains what they print, serves their run directories, and when a slot or the
parent dies it kills what they leave behind. It runs no task. One loop, no thread.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from qctl.engine import environment, imports, kernel, packets, reports, stops, surroundings, tree
from qctl.engine.callers import Callers
from qctl.engine.imports import TaskCode
from qctl.engine.nest import Nest
from qctl.engine.plan import PoolPlan
from qctl.engine.reports import Kind
from qctl.engine.slot import Slot, SlotPlan
from qctl.engine.table import Table
from qctl.model.output import encode_chunks

_ALONE: Final = 5.0  #: seconds to kill everything when the parent is gone


@dataclass(frozen=True, slots=True)
class Channels:
    """The ends of the parent's sockets that template and slots use."""

    dispatch: socket.socket
    reports: socket.socket
    control: socket.socket
    table: Table

    def descriptors(self) -> set[int]:
        """Those that survive the fork."""
        return {self.dispatch.fileno(), self.reports.fileno(), self.control.fileno()}


def run_template(plan: PoolPlan, channels: Channels, parent: int) -> None:
    """Be the template of the process `parent`, which has just forked this one. Never returns."""
    surroundings.reset_signals()
    os.setsid()  # a terminal's Ctrl-C is the parent's business
    surroundings.follow_parent(signal.SIGTERM, parent)
    kernel.adopt_orphans()
    surroundings.null_stdin()
    os.dup2(plan.stderr, 2)
    os.dup2(2, 1)
    surroundings.fresh_streams()
    surroundings.fresh_logging()
    surroundings.use_locale()
    os.umask(0o022)
    worker_environ = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment.basic(environment.account(), worker_environ.get("TZ")))
    code = imports.load(plan.config)
    gc.collect()
    gc.freeze()  # forked slots share these pages as long as nobody walks over them
    Template(plan, channels, code, worker_environ).run()


class Template:
    """The loop."""

    def __init__(self, plan: PoolPlan, channels: Channels, code: TaskCode, worker_environ: dict[str, str]) -> None:
        self._plan, self._channels, self._code = plan, channels, code
        self._worker_environ = worker_environ
        self._tasks = [plan.config.tasks[name] for name in sorted(plan.config.tasks)]
        self._nests: dict[int, Nest] = {}
        self._unsent: list[bytes] = []
        self._alive = True
        self._poll = select.epoll()
        self._actions: dict[int, Callable[[], None]] = {}
        self._callers = Callers(self._report, self._watch, self._forget)

    def run(self) -> None:
        """Serve until the parent is gone."""
        woken, wakes = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._parent_died)
        self._watch(woken, lambda: _empty(woken))
        self._watch(self._channels.control.fileno(), self._obey)
        self._channels.control.setblocking(False)
        for number in range(self._plan.slots):
            self._fork(number)
        news = {"broken": imports.broken(self._code.failures), "warnings": self._code.warnings}
        self._report(Kind.READY, 0, os.getpid(), reports.pack_json(news))
        while self._alive:
            for fd, _ in self._poll.poll(self._patience()):
                action = self._actions.get(fd)
                if action is not None:
                    action()
            self._reap()
            self._send_live(time.monotonic())
            self._flush()
        self._end()

    def _watch(self, fd: int, action: Callable[[], None]) -> None:
        self._actions[fd] = action
        self._poll.register(fd, select.EPOLLIN)

    def _forget(self, fd: int) -> None:
        if self._actions.pop(fd, None):
            self._poll.unregister(fd)

    def _patience(self) -> float | None:
        """How long to sleep: until live output is due, or what could not be sent is tried again."""
        if self._unsent:
            return 0.02
        dues = [live[1].live.due() for nest in self._nests.values() if (live := nest.live)]
        times = [due for due in dues if due is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _parent_died(self, *_: Any) -> None:
        self._alive = False

    # -- what the parent says ---------------------------------------------------------------------------------------

    def _obey(self) -> None:
        """Do what the parent has ordered; end when it has hung up."""
        try:
            while (message := packets.receive(self._channels.control)) is not None:
                order = reports.read_json(message)
                if "fork" in order:
                    self._fork(order["fork"])
                elif "answer" in order:
                    self._callers.answer(order["answer"], order["reply"])
        except packets.Closed:
            self._alive = False

    def _report(self, kind: Kind, slot: int, serial: int, content: bytes = b"") -> None:
        """Tell the parent; kept until its socket takes it."""
        self._unsent.append(reports.record(kind, slot, serial, time.monotonic(), content))
        self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent and packets.send(self._channels.reports, self._unsent[0], packets.DONTWAIT):
                del self._unsent[0]
        except packets.Closed:
            self._alive = False

    # -- slots ------------------------------------------------------------------------------------------------------

    def _fork(self, number: int) -> None:
        """Fork a slot into an empty place."""
        if number in self._nests:
            return
        row = self._channels.table.row(number)
        try:
            nest = Nest(number, row, os.path.join(self._plan.directory, f"{os.getpid()}-{number}"))
        except OSError as error:
            self._report(Kind.NO_FORK, number, 0, str(error).encode())
            return
        template = os.getpid()
        try:
            nest.pid = os.fork()
        except OSError as error:
            nest.close_slots_ends()
            nest.close()
            self._report(Kind.NO_FORK, number, 0, f"cannot fork: {error.strerror}".encode())
            return
        if nest.pid == 0:
            self._become_slot(nest, template)
        nest.close_slots_ends()
        self._nests[number] = nest
        for fd in (nest.out, nest.err):
            self._watch(fd, lambda fd=fd: self._drain(nest, fd))  # type: ignore[misc]
        self._watch(nest.handover.fileno(), lambda: self._hand_over(nest))
        self._watch(nest.listener.fileno(), lambda: self._callers.accept(nest))

    def _become_slot(self, nest: Nest, template: int) -> None:
        """In the child: be the slot until the end."""
        try:
            ends = nest.ends
            keep = {self._channels.dispatch.fileno(), self._channels.reports.fileno(), self._plan.stderr}
            kernel.close_all_but(keep | {ends.out, ends.err, ends.handover.fileno()})
            slot = SlotPlan(
                number=nest.number,
                plan=self._plan,
                dispatch=self._channels.dispatch,
                reports=self._channels.reports,
                table=self._channels.table,
                ends=ends,
                code=self._code,
                worker_environ=self._worker_environ,
                template=template,
            )
            Slot(slot).run()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(70)

    def _drain(self, nest: Nest, fd: int) -> None:
        if not nest.read(fd, self._tasks):
            self._forget_if_closed(fd)

    def _forget_if_closed(self, fd: int) -> None:
        """The last writer has gone: the slot's death is about to be seen."""
        if kernel.waiting_bytes(fd) == 0:
            self._forget(fd)

    def _hand_over(self, nest: Nest) -> None:
        try:
            while packets.receive(nest.handover) is not None:
                nest.hand_over(self._tasks)
        except packets.Closed:
            self._forget(nest.handover.fileno())

    def _send_live(self, now: float) -> None:
        for nest in self._nests.values():
            if nest.live:
                serial, transcript = nest.live
                chunks = transcript.live.take(now)
                if chunks:
                    message = reports.record(Kind.OUTPUT, nest.number, serial, now, encode_chunks(chunks))
                    self._offer(message)

    def _offer(self, message: bytes) -> None:
        """Send what may be lost: live output is a view, the log is whole."""
        try:
            packets.send(self._channels.reports, message, packets.DONTWAIT)
        except packets.Closed:
            self._alive = False

    def _reap(self) -> None:
        """Wait for the dead: slots are reported, orphans of dead slots are killed."""
        slots = {nest.pid: nest for nest in self._nests.values()}
        dead: list[tuple[Nest, int]] = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in slots:
                dead.append((slots.pop(pid), status))
        if dead:
            # First its orphans, then its report: the attempt may run again elsewhere as soon as the parent hears of it.
            tree.kill_all_children(1.0, spare=slots.keys())
        for nest, status in dead:
            self._slot_died(nest, status)

    def _slot_died(self, nest: Nest, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        printed = nest.last_words(self._tasks)
        died = stops.crash(code if code >= 0 else None, -code if code < 0 else None)
        for fd in (nest.out, nest.err, nest.handover.fileno(), nest.listener.fileno()):
            self._forget(fd)
        self._callers.leave(nest.number)
        nest.close()
        del self._nests[nest.number]
        content = reports.pack_ended(died, reports.Measured(printed.log, printed.packed))
        self._report(Kind.DEAD, nest.number, 0, content)

    def _end(self) -> None:
        """Kill everything below: nothing outlives the worker (fault 2)."""
        tree.kill_all_children(_ALONE)
        for nest in self._nests.values():
            nest.close()
        os._exit(0)


def _empty(fd: int) -> None:
    try:
        while os.read(fd, 4096):
            continue
    except BlockingIOError:
        return


__all__ = ["Channels", "Template", "run_template"]
