"""A ring of shared memory in which a slot leaves what it has to report, and from which the parent reads it.

What stands in it outlives the slot, however it dies, and costs no system call. The slot writes a record first and then
moves the head past it; so the parent reads whole records only. A record that finds no room goes by the socket.
"""

from __future__ import annotations

import mmap

from qctl.engine.processes.barrier import REORDERS, barrier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SIZE: Final = 1 << 16
LARGEST: Final = SIZE // 4  #: bytes of a record
_PLENTY: Final = SIZE // 2
_SKIP: Final = 0  #: the first byte of no record: the next one begins at the ring's start

HEAD: Final = 0  # by the slot: bytes ever written, skipped ones included
TAIL: Final = 1  # by the parent: bytes ever read


class Rings:
    """Those of all slots, in memory that forked processes share. A page of it costs memory once it is used."""

    def __init__(self, slots: int) -> None:
        self._memory, self._places = mmap.mmap(-1, slots * SIZE), mmap.mmap(-1, slots * 16)
        self._bytes, self._numbers = memoryview(self._memory), memoryview(self._places).cast("Q")

    def of(self, slot: int) -> Ring:
        """The ring of a slot, counted from 0."""
        return Ring(self._bytes[slot * SIZE : (slot + 1) * SIZE], self._numbers[slot * 2 : slot * 2 + 2])

    def hide(self) -> None:
        """Keep them from what this process forks: what is in them is believed, and a job's child may be anybody's."""
        for memory in (self._memory, self._places):
            memory.madvise(mmap.MADV_DONTFORK)


class Ring:
    """One slot's ring. Each end is held by one process."""

    __slots__ = ("_memory", "_places")

    def __init__(self, memory: memoryview, places: memoryview) -> None:
        self._memory, self._places = memory, places

    def put(self, record: bytes) -> bool:
        """The slot's end: leave a record. False: it has no room here."""
        places, size = self._places, len(record)
        head = places[HEAD]
        start = head & (SIZE - 1)
        skipped = SIZE - start if start + size > SIZE else 0
        if size > LARGEST or head + skipped + size - places[TAIL] > SIZE:
            return False
        if skipped:
            self._memory[start] = _SKIP
            start = 0
        self._memory[start : start + size] = record
        if REORDERS:
            barrier()  # the head moves when the record is there
        places[HEAD] = head + skipped + size
        if REORDERS:
            barrier()  # the row shows the next frame when the head has moved: see `Dispatch.withdraw`
        return True

    @property
    def half_full(self) -> bool:
        """Whether the parent should read soon."""
        return self._places[HEAD] - self._places[TAIL] > _PLENTY

    def take(self) -> bytes:
        """The parent's end: all that stands in it, or what of that stands before the ring's end."""
        places = self._places
        head, tail = places[HEAD], places[TAIL]
        if head == tail:
            return b""
        if REORDERS:
            barrier()  # what is read was there when the head was
        start = tail & (SIZE - 1)
        end = min(start + head - tail, SIZE)
        found = bytes(self._memory[start:end])
        if REORDERS:
            barrier()  # the room is given back when it was read
        places[TAIL] = tail + end - start
        return found
