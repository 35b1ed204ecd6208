"""A slot: a process that runs one attempt at a time, and says so before and after.

It takes the next frame as soon as it is free, and tells the end of one attempt and the start of the next in one message
where it can. It exits only between two attempts; any other exit is a crash, whatever its code.
"""

from __future__ import annotations

import os
import signal
import time
from functools import partial

from qctl.classes import dataclass
from qctl.engine.processes import kernel, packets, reports, surroundings
from qctl.engine.processes.acceptance import Acceptance
from qctl.engine.processes.attempt import Runner
from qctl.engine.processes.reports import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.engine.processes.frames import Delivery
    from qctl.engine.processes.imports import TaskCode
    from qctl.engine.processes.nest import SlotEnds
    from qctl.engine.processes.plan import Channels, PoolPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotPlan:
    """All that a slot is made of."""

    number: int
    plan: PoolPlan
    channels: Channels
    ends: SlotEnds
    code: TaskCode
    worker_environ: Mapping[str, str]
    template: int  #: pid


class Slot:
    """The loop of a slot."""

    def __init__(self, plan: SlotPlan) -> None:
        self._plan = plan
        self._row = plan.channels.table.row(plan.number)
        self._jobs = 0
        channels = plan.channels
        self._acceptance = Acceptance(
            channels.dispatch,
            channels.table,
            self._row,
            lambda serial: self._send(self._record(Kind.DECLINED, serial)),
        )
        self._settle_in()
        self._runner = Runner(plan.plan, plan.code, plan.ends, self._row, plan.worker_environ, plan.template, self._say)

    def _settle_in(self) -> None:
        """Become a process of its own: session, death signal, streams over the template's pipes."""
        surroundings.reset_signals()
        os.setsid()
        surroundings.follow_parent(signal.SIGKILL, self._plan.template)
        kernel.adopt_orphans()
        kernel.be_killed_first()
        os.dup2(self._plan.ends.out, 1)
        os.dup2(self._plan.ends.err, 2)

    def run(self) -> None:
        """Run frames until the parent is gone, or this slot has had its share."""
        self._send(self._record(Kind.BORN, os.getpid()))
        delivery = self._wait()
        ended, number = b"", self._plan.number
        while delivery is not None:
            ended += reports.record(Kind.STARTED, number, delivery.serial, time.monotonic())
            result = self._runner.run(delivery, partial(self._send, ended))
            ended = reports.record(Kind.ENDED, number, delivery.serial, time.monotonic(), result)
            self._jobs += 1
            if self._had_its_share():
                self._leave(ended)
            delivery = None if self._runner.must_clean_up else self._acceptance.take(packets.DONTWAIT)
            if delivery is None:
                self._row.current = 0
                self._send(ended)
                ended = b""
                self._runner.clean_up()
                delivery = self._wait()
        os._exit(0)

    def _wait(self) -> Delivery | None:
        """Wait for a frame. None: the parent is gone. A slot that is not needed any more leaves."""
        delivery: Delivery | None = None
        try:
            while delivery is None and not self._acceptance.retired:
                delivery = self._acceptance.take()
        except packets.Closed:
            return None
        if delivery is None:
            self._leave(b"")
        return delivery

    def _record(self, kind: Kind, serial: int, content: bytes = b"") -> bytes:
        return reports.record(kind, self._plan.number, serial, time.monotonic(), content)

    def _say(self, kind: Kind, content: bytes) -> None:
        """Tell the parent something about the attempt that runs; it may be lost if the parent is far behind."""
        packets.send(self._plan.channels.reports, self._record(kind, self._row.current, content), packets.DONTWAIT)

    def _send(self, message: bytes) -> None:
        if not packets.send(self._plan.channels.reports, message):
            raise RuntimeError("the report socket does not block, and it must")

    def _had_its_share(self) -> bool:
        plan = self._plan.plan
        if self._runner.worn_out:
            return True
        if plan.max_jobs is None and plan.max_memory is None:
            return False
        if not self._runner.may_leave:
            return False
        if plan.max_jobs is not None and self._jobs >= plan.max_jobs:
            return True
        return plan.max_memory is not None and resident_bytes() > plan.max_memory

    def _leave(self, last: bytes) -> None:
        """Go, and let another slot take the place."""
        self._row.current = 0
        self._send(last + self._record(Kind.LEAVING, 0))
        self._runner.clean_up()
        os._exit(0)


_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """The memory that this process has in use now."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE
