"""The template: the process that has imported the task code, and from which slots are forked.

It forks slots when told, reaps them, drains what they print, serves their run directories, and when a slot or the
parent dies it kills what they leave behind. It runs no task. One loop, no thread.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import time

from qctl.classes import replace
from qctl.config import environment
from qctl.engine.processes import imports, kernel, packets, reports, surroundings
from qctl.engine.processes.brood import Brood, Upbringing
from qctl.engine.processes.callers import Callers
from qctl.engine.processes.reporter import Reporter
from qctl.engine.processes.reports import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final

    from qctl.engine.processes.plan import Channels, PoolPlan

_ALONE: Final = 5.0  #: seconds to kill everything when the parent is gone
_TRY_AGAIN: Final = 0.02  #: seconds until what the parent's socket did not take is sent again


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
    Template(Upbringing(replace(plan, config=code.config), channels, code, worker_environ)).run()


class Template:
    """The loop."""

    def __init__(self, upbringing: Upbringing) -> None:
        self._up = upbringing
        self._control = upbringing.channels.control
        self._orders = packets.Joining()
        self._alive = True
        self._poll = select.epoll()
        self._actions: dict[int, Callable[[], None]] = {}
        self._reporter = Reporter(upbringing.channels.reports)
        self._callers = Callers(self._reporter.report, self)
        self._brood = Brood(upbringing, self, self._reporter, self._callers)

    def run(self) -> None:
        """Serve until the parent is gone."""
        self._listen()
        for number in range(self._up.plan.slots):
            self._brood.fork(number)
        code = self._up.code
        news = {
            "broken": imports.broken(code.failures),
            "warnings": code.warnings,
            "declared": [each.as_json() for each in code.declared],
        }
        self._reporter.report(Kind.READY, 0, os.getpid(), reports.pack_json(news))
        while self._alive and not self._reporter.parent_is_gone:
            for fd, _ in self._poll.poll(self._patience()):
                action = self._actions.get(fd)
                if action is not None:
                    action()
            self._brood.reap()
            self._brood.send_live(time.monotonic())
            self._reporter.flush()
        self._brood.end(_ALONE)  # nothing outlives the worker (fault 2)
        os._exit(0)

    def _listen(self) -> None:
        woken, wakes = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._parent_died)
        self.watch(woken, lambda: _empty(woken))
        self._control.setblocking(False)
        self.watch(self._control.fileno(), self._obey)

    def watch(self, fd: int, action: Callable[[], None]) -> None:
        """Do something whenever a descriptor is readable."""
        self._actions[fd] = action
        self._poll.register(fd, select.EPOLLIN)

    def await_room(self, fd: int, awaited: bool) -> None:
        """Do it also whenever it takes more to send, or no longer so."""
        self._poll.modify(fd, select.EPOLLIN | (select.EPOLLOUT if awaited else 0))

    def forget(self, fd: int) -> None:
        """Do so no longer; nothing happens if it was not watched."""
        if self._actions.pop(fd, None):
            self._poll.unregister(fd)

    def _patience(self) -> float | None:
        """How long to sleep: until live output is due, or what could not be sent is tried again."""
        if self._reporter.behind:
            return _TRY_AGAIN
        due = self._brood.next_due()
        return None if due is None else max(0.0, due - time.monotonic())

    def _parent_died(self, *_: Any) -> None:
        self._alive = False

    def _obey(self) -> None:
        """Do what the parent has ordered; end when it has hung up."""
        try:
            while (message := packets.receive(self._control)) is not None:
                if (whole := self._orders.take(message)) is not None:
                    self._carry_out(reports.read_json(whole))
        except packets.Closed:
            self._alive = False

    def _carry_out(self, order: Mapping[str, Any]) -> None:
        if "fork" in order:
            self._brood.fork(order["fork"])
        elif "signal" in order:
            self._brood.signal(order["to"], order["signal"])
        elif "answer" in order:
            self._callers.answer(order["answer"], order["reply"])


def _empty(fd: int) -> None:
    try:
        while os.read(fd, 4096):
            continue
    except BlockingIOError:
        return
