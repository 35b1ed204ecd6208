"""A slot: a process that runs one attempt at a time, and says of each how it ended.

It takes several short ones in one hand, and the next hand as soon as it is free; what it reports it leaves in its ring.
It exits only between two attempts; any other exit is a crash, whatever its code.
"""

from __future__ import annotations

import os
import signal
import time

from qctl.classes import dataclass
from qctl.engine.processes import kernel, packets, reports, surroundings
from qctl.engine.processes.acceptance import Acceptance
from qctl.engine.processes.attempt import Runner
from qctl.engine.processes.reports import Kind
from qctl.engine.processes.reports import record as _record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.engine.processes.frames import Hand
    from qctl.engine.processes.imports import TaskCode
    from qctl.engine.processes.nest import SlotEnds
    from qctl.engine.processes.plan import Channels, PoolPlan


_UNHEARD: Final = 0.002  #: seconds that an end may stand in the ring while others of its hand run
_LARGE: Final = 256  #: bytes of a record, of which not many find room
_BELL: Final = _record(Kind.BELL, 0, 0, 0.0)


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
        self._number, self._table = plan.number, plan.channels.table
        self._row, self._ring = self._table.row(plan.number), self._table.ring(plan.number)
        self._jobs = 0
        self._bounded = plan.plan.max_jobs is not None or plan.plan.max_memory is not None
        self._spoken = 0  #: serial of the attempt that has said something by the socket
        self._rung, self._rung_at = 0, 0.0  #: the parent's turn in which it was rung for latest, and when that was
        self._acceptance = Acceptance(plan.channels.dispatch, self._table, self._row)
        self._settle_in()
        self._runner = Runner(plan.plan, plan.code, plan.ends, self._row, plan.worker_environ, plan.template, self._say)

    def _settle_in(self) -> None:
        """Become a process of its own: session, death signal, streams over the template's pipes."""
        surroundings.reset_signals()
        os.setsid()
        surroundings.follow_parent(signal.SIGKILL, self._plan.template)
        self._table.hide_rings()
        kernel.adopt_orphans()
        kernel.be_killed_first()
        os.dup2(self._plan.ends.out, 1)
        os.dup2(self._plan.ends.err, 2)

    def run(self) -> None:
        """Run frames until the parent is gone, or this slot has had its share."""
        self._send(self._record(Kind.BORN, os.getpid()))
        hand = self._wait()
        while hand is not None:
            self._work_off(hand)
            hand = None if self._runner.must_clean_up else self._acceptance.take(packets.DONTWAIT)
            if hand is None:
                self._row.current = 0
                self._runner.clean_up()
                hand = self._wait()
        os._exit(0)

    def _work_off(self, hand: Hand) -> None:
        """Run the frames of a hand one after the other, those that may still begin."""
        may_begin, run, serial, epoch = self._acceptance.may_begin, self._runner.run, hand.serial, hand.epoch
        began = time.monotonic()
        for frame in hand.frames:
            if not may_begin(serial, epoch):
                break
            kind, content = run(frame, began)
            ended = time.monotonic()
            began = self._tell(_record(kind, self._number, serial, ended, content), serial) or ended
            serial += 1
            self._jobs += 1
            if (self._bounded or self._runner.worn_out) and self._had_its_share():
                self._decline(serial)
                self._leave()
            if self._runner.must_clean_up:
                break
            if ended - self._rung_at > _UNHEARD:
                self._ring_bell(ended)
        self._decline(serial)
        self._ring_bell(began)

    def _decline(self, serial: int) -> None:
        """Give back what is left of the hand, from this frame on."""
        if (left := self._row.last + 1 - serial) > 0:
            self._tell(self._record(Kind.DECLINED, serial, reports.COUNT.pack(left)), serial)

    def _tell(self, record: bytes, serial: int) -> float:
        """Report what came of an attempt: in the ring, but for one that has spoken by the socket, or says too much.

        Answers when that was done if the parent may have had to be waited for, else 0.0.
        """
        if self._spoken == serial or not self._ring.put(record):
            self._send(record)
            return time.monotonic()
        if len(record) > _LARGE and self._ring.half_full:
            self._ring_bell(time.monotonic())
        return 0.0

    def _ring_bell(self, now: float) -> None:
        """Wake the parent, unless it is up or was rung for already."""
        self._rung_at = now
        self._table.fence()  # what was left in the ring is there, before it is asked whether the parent has looked
        turn = self._table.turn
        if turn != self._rung:
            self._rung = turn
            packets.send(self._plan.channels.reports, _BELL, packets.DONTWAIT)  # of a full socket it reads anyway

    def _wait(self) -> Hand | None:
        """Wait for a hand. None: the parent is gone. A slot that is not needed any more leaves."""
        hand: Hand | None = None
        try:
            while hand is None and not self._acceptance.retired:
                hand = self._acceptance.take()
        except packets.Closed:
            return None
        if hand is None:
            self._leave()
        return hand

    def _record(self, kind: Kind, serial: int, content: bytes = b"") -> bytes:
        return _record(kind, self._number, serial, time.monotonic(), content)

    def _say(self, kind: Kind, content: bytes) -> None:
        """Tell the parent something about the attempt that runs; it may be lost if the parent is far behind.

        The first time it says that it runs, and its end follows by the same way: so none of it comes too late.
        """
        serial, said = self._row.current, self._record(kind, self._row.current, content)
        if self._spoken != serial:
            begun, at = self._row.begun
            if begun != serial:
                return  # somebody whom an earlier attempt has left behind speaks between two
            said = _record(Kind.STARTED, self._number, serial, at) + said
        if packets.send(self._plan.channels.reports, said, packets.DONTWAIT):
            self._spoken = serial

    def _send(self, message: bytes) -> None:
        for each in reports.messages(message, self._number, time.monotonic()):
            if not packets.send(self._plan.channels.reports, each):
                raise RuntimeError("the report socket does not block, and it must")

    def _had_its_share(self) -> bool:
        plan = self._plan.plan
        if self._runner.worn_out:
            return True
        if not self._runner.may_leave:
            return False
        if plan.max_jobs is not None and self._jobs >= plan.max_jobs:
            return True
        return plan.max_memory is not None and resident_bytes() > plan.max_memory

    def _leave(self) -> None:
        """Go, and let another slot take the place."""
        self._row.current = 0
        self._send(self._record(Kind.LEAVING, 0))
        self._runner.clean_up()
        os._exit(0)


_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """The memory that this process has in use now."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * _PAGE
