"""Memory that the worker's processes share: one row of numbers per slot, and its ring of reports.

It is how a stop finds the attempt that it is aimed at and no other, how the parent sees what runs, and how a slot
learns without asking that none of its output is still under way. Each number has one writer, which stands beside it.
"""

from __future__ import annotations

import mmap
from enum import IntEnum

from qctl.classes import dataclass
from qctl.engine.processes.barrier import REORDERS, barrier
from qctl.engine.processes.rings import Rings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.processes.rings import Ring

_ROW: Final = 16  #: numbers of 8 bytes in a row
_EPOCH: Final = 0  # of the head row, by the parent
_TURN: Final = 1  # of the head row, by the parent: number of its latest listening, after which it may sleep

_CURRENT: Final = 0  # by the slot: serial of the frame that it runs, 0 between two
_TASK: Final = 1  # by the slot: number of the task in sorted order, from 1; 0: none of the configuration
_OWN_PROCESS: Final = 2  # by the slot: 1 if the attempt runs in a child of the slot, which survives that child's KILL
_ACTIVITY: Final = 3  # by the template: raised before every read from the slot's pipes
_AIMED: Final = 4  # by the parent: serial of the frame that the stop request is for, 0: none
_NUMBER: Final = 5  # by the parent: number of the request, so that each is obeyed once
_HOW: Final = 6
_SIGNAL: Final = 7
_GRACE_MS: Final = 8
_WHY: Final = 9
_BEGUN: Final = 10  # by the slot: serial of the frame that it has begun latest: the current one, or one that has ended
_BEGAN: Final = 11  # by the slot: when that was, a number of 8 bytes with a point
_LAST: Final = 12  # by the slot: serial of the last frame in its hand
_OUTGROWN: Final = 15  # by the slot: serial of the frame whose child it has told to end, for it uses too much memory


class How(IntEnum):
    """How an attempt is stopped."""

    SOFT = 1  #: told once: an exception in Python, the stop signal to a shell task's group
    TERMINATE = 2  #: told, and after the grace killed with its whole tree
    KILL = 3


class Why(IntEnum):
    """What an attempt that was stopped is said to have come to."""

    TIMEOUT = 1
    CANCELLED = 2
    RELEASED = 3  #: the worker takes it back: it is to run again, and nothing is charged


@dataclass(frozen=True, slots=True)
class Stop:
    """A request that one attempt shall end."""

    how: How
    signal: int = 15
    grace: float = 10.0
    why: Why = Why.TIMEOUT

    @classmethod
    def soft(cls, signal: int = 15) -> Stop:
        """The soft limit: `SoftTimeLimitExceeded` in a Python task, the signal to a shell task's group."""
        return cls(How.SOFT, signal)

    @classmethod
    def terminate(cls, signal: int, grace: float, why: Why) -> Stop:
        """Signal (an exception in a Python task), and KILL of the tree after `grace` seconds."""
        return cls(How.TERMINATE, signal, grace, why)

    @classmethod
    def kill(cls, why: Why) -> Stop:
        """KILL of the whole tree, now."""
        return cls(How.KILL, 9, 0.0, why)


@dataclass(frozen=True, slots=True)
class Request:
    """A stop as the slot reads it."""

    serial: int
    number: int
    stop: Stop


class Table:
    """The shared page. Made by the parent before it forks; every process inherits the same memory."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        page = memoryview(mmap.mmap(-1, (slots + 1) * _ROW * 8))
        self._numbers, self._times = page.cast("Q"), page.cast("d")
        self._rings = Rings(slots)

    @property
    def epoch(self) -> int:
        """Frames of an earlier epoch are not begun any more."""
        return self._numbers[_EPOCH]

    @epoch.setter
    def epoch(self, value: int) -> None:
        self._numbers[_EPOCH] = value
        self.fence()

    @property
    def turn(self) -> int:
        """What a slot has left in its ring after the parent raised this is to be rung for, once."""
        return self._numbers[_TURN]

    def may_sleep(self) -> None:
        """The parent has listened: who leaves something from here on, rings. To be looked at once more after this."""
        self._numbers[_TURN] += 1
        self.fence()

    def fence(self) -> None:
        """Make this process's writes visible before its next reads, which processors may let pass them."""
        barrier()

    def row(self, slot: int) -> Row:
        """The row of a slot, counted from 0."""
        start = (slot + 1) * _ROW
        return Row(self._numbers[start : start + _ROW], self._times[start : start + _ROW])

    def rows(self) -> list[Row]:
        """Those of all places, taken or not."""
        return [self.row(slot) for slot in range(self.slots)]

    def ring(self, slot: int) -> Ring:
        """Where a slot leaves its reports."""
        return self._rings.of(slot)

    def hide_rings(self) -> None:
        """Let no process that this one forks from here on write into a ring, or read from it (attack 51)."""
        self._rings.hide()


class Row:
    """One slot's numbers. Aligned words of 8 bytes: each is read and written whole."""

    __slots__ = ("_numbers", "_times")

    def __init__(self, numbers: memoryview, times: memoryview[float]) -> None:
        self._numbers, self._times = numbers, times

    @property
    def current(self) -> int:
        """The serial of the frame that the slot runs, 0 between two."""
        return self._numbers[_CURRENT]

    @current.setter
    def current(self, serial: int) -> None:
        self._numbers[_CURRENT] = serial

    @property
    def last(self) -> int:
        """The serial of the last frame in the slot's hand."""
        return self._numbers[_LAST]

    @last.setter
    def last(self, serial: int) -> None:
        self._numbers[_LAST] = serial

    def begin(self, at: float) -> None:
        """The frame that stands as the current one begins."""
        self._times[_BEGAN] = at
        if REORDERS:
            barrier()  # whoever sees the serial sees the time
        self._numbers[_BEGUN] = self._numbers[_CURRENT]

    @property
    def begun(self) -> tuple[int, float]:
        """The serial that was begun latest, and when (monotonic); (0, 0.0) where that is just changing."""
        serial = self._numbers[_BEGUN]
        if REORDERS:
            barrier()
        at = self._times[_BEGAN]
        if REORDERS:
            barrier()
        return (serial, at) if serial == self._numbers[_CURRENT] == self._numbers[_BEGUN] else (0, 0.0)

    @property
    def task(self) -> int:
        return self._numbers[_TASK]

    @property
    def own_process(self) -> bool:
        return bool(self._numbers[_OWN_PROCESS])

    def describe(self, task: int, *, own_process: bool) -> None:
        """Say what runs."""
        self._numbers[_TASK] = task
        self._numbers[_OWN_PROCESS] = own_process

    @property
    def activity(self) -> int:
        """How often the template has begun to read from this slot's pipes."""
        return self._numbers[_ACTIVITY]

    def raise_activity(self) -> None:
        self._numbers[_ACTIVITY] += 1

    def aim(self, request: Request) -> None:
        """Leave a stop request. What it is for is written last, so that a half-written one is for nobody."""
        numbers, stop = self._numbers, request.stop
        numbers[_AIMED] = 0
        numbers[_NUMBER] = request.number
        numbers[_HOW], numbers[_SIGNAL], numbers[_WHY] = stop.how, stop.signal, stop.why
        numbers[_GRACE_MS] = int(stop.grace * 1000)
        numbers[_AIMED] = request.serial

    @property
    def outgrown(self) -> int:
        """The serial of an attempt that uses more than it may, 0: none."""
        return self._numbers[_OUTGROWN]

    @outgrown.setter
    def outgrown(self, serial: int) -> None:
        self._numbers[_OUTGROWN] = serial

    def request(self) -> Request | None:
        """The stop request that stands in the row, for whichever attempt."""
        numbers = self._numbers
        if not numbers[_AIMED]:
            return None
        stop = Stop(How(numbers[_HOW]), numbers[_SIGNAL], numbers[_GRACE_MS] / 1000, Why(numbers[_WHY]))
        return Request(numbers[_AIMED], numbers[_NUMBER], stop)

    def clear(self) -> None:
        """Forget the slot that died; the next one starts with an empty row. The activity goes on counting."""
        for place in (_CURRENT, _TASK, _OWN_PROCESS, _AIMED, _BEGUN, _LAST):
            self._numbers[place] = 0
