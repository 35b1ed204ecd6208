"""The slots as the template has them: forks them, drains what they print, waits for the dead."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time

from qctl.classes import dataclass
from qctl.config.environment import Unprepared, account
from qctl.engine.processes import cgroups, kernel, packets, reports, stops, tree
from qctl.engine.processes.nest import Nest
from qctl.engine.processes.reports import Kind
from qctl.engine.processes.slot import Slot, SlotPlan
from qctl.model.output import encode_chunks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Final

    from qctl.engine.processes.callers import Callers, Loop
    from qctl.engine.processes.imports import TaskCode
    from qctl.engine.processes.plan import Channels, PoolPlan
    from qctl.engine.processes.reporter import Reporter

_ORPHANS: Final = 1.0  #: seconds that the orphans of a dead slot may take to die
_LOOK_AGAIN: Final = 0.1  #: seconds until they are looked for once more


@dataclass(frozen=True, slots=True)
class Upbringing:
    """What every slot is born with."""

    plan: PoolPlan
    channels: Channels
    code: TaskCode
    worker_environ: Mapping[str, str]


class Brood:
    """All slots of this template."""

    def __init__(self, upbringing: Upbringing, loop: Loop, reporter: Reporter, callers: Callers) -> None:
        self._up, self._loop, self._reporter, self._callers = upbringing, loop, reporter, callers
        tasks = upbringing.plan.config.runnable
        self._tasks = [tasks[name] for name in sorted(tasks)]
        self._nests: dict[int, Nest] = {}
        self._dead: dict[int, int] = {}  #: slots that are to be told of, and how they ended
        self._look_at = math.inf  #: monotonic: when their orphans are looked for again

    def fork(self, number: int) -> None:
        """Fork a slot into an empty place."""
        if number in self._nests:
            return
        plan, channels = self._up.plan, self._up.channels
        template = os.getpid()
        try:
            nest = Nest(number, channels.table.row(number), os.path.join(plan.directory, f"{template}-{number}"))
        except OSError as error:
            self._reporter.report(Kind.NO_FORK, number, 0, str(error).encode())
            return
        try:
            nest.pid = os.fork()
        except OSError as error:
            nest.close_slots_ends()
            nest.close()
            self._reporter.report(Kind.NO_FORK, number, 0, f"cannot fork: {error.strerror}".encode())
            return
        if nest.pid == 0:
            self._become_slot(nest, template)
        nest.close_slots_ends()
        self._nests[number] = nest
        self._loop.watch(nest.out, lambda: self._drain(nest, nest.out))
        self._loop.watch(nest.err, lambda: self._drain(nest, nest.err))
        self._loop.watch(nest.handover.fileno(), lambda: self._hand_over(nest))
        self._loop.watch(nest.listener.fileno(), lambda: self._callers.accept(nest, self._owner(nest)))

    def signal(self, pid: int, number: int) -> None:
        """Send a signal to a slot for the parent, which has no descriptor left to hold it by."""
        if any(nest.pid == pid and nest.number not in self._dead for nest in self._nests.values()):
            os.kill(pid, number)  # not reaped yet

    def _become_slot(self, nest: Nest, template: int) -> None:
        """In the child: be the slot until the end."""
        try:
            up, ends = self._up, nest.ends
            keep = {up.channels.dispatch.fileno(), up.channels.reports.fileno(), up.plan.stderr}
            kernel.close_all_but(keep | {ends.out, ends.err, ends.handover.fileno()})
            slot = SlotPlan(
                number=nest.number,
                plan=up.plan,
                channels=up.channels,
                ends=ends,
                code=up.code,
                worker_environ=up.worker_environ,
                template=template,
            )
            Slot(slot).run()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(70)

    def _owner(self, nest: Nest) -> int:
        """The user as whom the slot's attempt runs."""
        task = self._tasks[nest.row.task - 1] if nest.row.task else None
        with contextlib.suppress(Unprepared):
            return account(task.user if task else None).uid
        return os.geteuid()

    def _drain(self, nest: Nest, fd: int) -> None:
        if nest.read(fd, self._tasks) == 0:
            self._loop.forget(fd)  # the last writer has gone: the slot's death is about to be seen

    def _hand_over(self, nest: Nest) -> None:
        try:
            while (message := packets.receive(nest.handover)) is not None:
                nest.hear(message, self._tasks)
        except packets.Closed:
            self._loop.forget(nest.handover.fileno())

    def send_live(self, now: float) -> None:
        """Send the live output that is due."""
        for nest in self._nests.values():
            if nest.live:
                serial, transcript = nest.live
                chunks = transcript.live.take(now)
                if chunks:
                    self._reporter.offer(Kind.OUTPUT, nest.number, serial, encode_chunks(chunks))

    def next_due(self) -> float | None:
        """Monotonic time at which live output is due, or orphans are looked for again."""
        dues = [live[1].live.due() for nest in self._nests.values() if (live := nest.live)]
        due = min((due for due in dues if due is not None), default=math.inf)
        return None if (due := min(due, self._look_at)) == math.inf else due

    def reap(self) -> None:
        """Wait for the dead: slots are reported, orphans of dead slots are killed.

        First its orphans, then its report: the attempt may run again elsewhere as soon as the parent hears of it. So
        while no descriptor is left by which they could be looked for, a dead slot is told of later (fault 21).
        """
        living = self._find_dead()
        if not self._dead:
            return
        for number in self._dead:
            self._callers.leave(number)  # its connections are what descriptors may have gone into
        try:
            tree.kill_all_children(_ORPHANS, spare=living)
        except OSError as error:
            if error.errno not in kernel.NO_DESCRIPTOR:
                raise
            self._look_at = time.monotonic() + _LOOK_AGAIN
            return
        self._look_at = math.inf
        dead, self._dead = self._dead, {}
        for number in dead:
            cgroups.end_groups_of(self._up.plan.delegation, self._nests[number].pid)
        for number, status in dead.items():
            self._slot_died(self._nests[number], status)

    def _find_dead(self) -> Collection[int]:
        """Reap the slots that have died. Answers the pids of those that live."""
        living = {nest.pid: nest.number for nest in self._nests.values() if nest.number not in self._dead}
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                if found[0] in living:
                    self._dead[living.pop(found[0])] = found[1]
        return living.keys()

    def _slot_died(self, nest: Nest, status: int) -> None:
        code = os.waitstatus_to_exitcode(status)
        printed = nest.last_words(self._tasks)
        died = stops.crash(code if code >= 0 else None, -code if code < 0 else None)
        for fd in (nest.out, nest.err, nest.handover.fileno(), nest.listener.fileno()):
            self._loop.forget(fd)
        self._callers.leave(nest.number)
        nest.close()
        del self._nests[nest.number]
        content = reports.pack_ended(died, reports.Measured(printed.log, printed.packed))
        self._reporter.report(Kind.DEAD, nest.number, 0, content)

    def end(self, within: float) -> None:
        """Kill everything below, slots and whatever they have started."""
        tree.kill_all_children(within)
        for nest in self._nests.values():
            nest.close()
