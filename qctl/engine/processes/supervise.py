"""Watches a started process until it exits: drains its pipes, obeys stops, sends live output.

A job ends when its leader exits, never at the end of its pipes: a child left behind may hold them open (P15, fault 19).
"""

from __future__ import annotations

import math
import os
import select
import signal
import time

from qctl.classes import dataclass
from qctl.engine.processes import kernel, tree
from qctl.engine.processes.stopping import STOP_SIGNAL
from qctl.engine.processes.table import How
from qctl.model.attempt import MAX_VALUE_BYTES
from qctl.model.output import STDERR, STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    import resource
    from collections.abc import Callable, Collection
    from typing import Final

    from qctl.engine.processes.memory import MemoryBound
    from qctl.engine.processes.shell import Leader
    from qctl.engine.processes.stopping import Stopping
    from qctl.engine.processes.table import Request
    from qctl.engine.processes.transcript import Transcript
    from qctl.model.output import Chunk

_READ: Final = 1 << 16


class Spool:
    """What a command writes on stdout, kept as its value apart from the log; given up when it is too much."""

    def __init__(self, wanted: bool) -> None:
        self._parts: list[bytes] = []
        self._wanted = wanted
        self.size = 0

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.size += len(data)
        if self._wanted:
            self._parts.append(data)
            if self.too_large:
                self._wanted = False
                self._parts.clear()

    @property
    def too_large(self) -> bool:
        return self.size > MAX_VALUE_BYTES

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._parts)


@dataclass(frozen=True, slots=True)
class Watched:
    """How a command ended."""

    status: int  #: as waitpid gives it
    usage: resource.struct_rusage
    request: Request | None  #: the stop that was sent to it
    too_much: str = ""  #: what it used of its memory when it was stopped for that
    together: int = 0  #: bytes that all its processes used at most, if that was looked at

    @property
    def cpu_s(self) -> float:
        """Processor time that it has used."""
        return self.usage.ru_utime + self.usage.ru_stime

    @property
    def peak_bytes(self) -> int:
        """Memory that it has used at most."""
        return max(self.usage.ru_maxrss * 1024, self.together)


class Watch:
    """One attempt's process."""

    def __init__(
        self,
        leader: Leader,
        transcript: Transcript,
        spool: Spool,
        stopping: Stopping,
        show: Callable[[list[Chunk]], None],
        tree_first: TreeFirst,
        bound: MemoryBound | None = None,
        left: Collection[int] = (),
    ) -> None:
        self._leader, self._transcript, self._spool = leader, transcript, spool
        self._stopping, self._show, self._tree_first = stopping, show, tree_first
        self._bound, self._too_much = bound, ""
        self._left = left  #: children of the slot that earlier attempts were allowed to leave
        self._obeyed: Request | None = None
        self._kill_at: float | None = None
        self._pidfd = os.pidfd_open(leader.pid)
        self._poll = select.poll()
        for fd in (leader.out, leader.err, self._pidfd, stopping.bell):
            self._poll.register(fd, select.POLLIN)
        if leader.hear is not None:
            self._poll.register(leader.hear[0], select.POLLIN)

    def until_the_end(self) -> Watched:
        """Watch until the leader has exited, and read what is in its pipes then."""
        try:
            while not self._turn():
                continue
        finally:
            os.close(self._pidfd)
        self.drain()
        _, status, usage = os.wait4(self._leader.pid, 0)
        together = self._bound.peak if self._bound else 0
        return Watched(status, usage, self._obeyed, self._too_much, together)

    def _turn(self) -> bool:
        """One turn of the loop. True: the leader has exited."""
        over = False
        for fd, _ in self._poll.poll(self._patience()):
            if fd == self._pidfd:
                over = True
            elif fd == self._stopping.bell:
                self._stopping.quiet()
                self._obey()
            elif self._leader.hear is not None and fd == self._leader.hear[0]:
                if not self._leader.hear[1]():
                    self._poll.unregister(fd)
            else:
                self._read(fd)
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            self._kill()
        if self._bound is not None and now >= self._bound.due:
            self._weigh(self._bound, now)
        chunks = self._transcript.live.take(now)
        if chunks:
            self._show(chunks)
        return over

    def _patience(self) -> int | None:
        weighed_at = self._bound.due if self._bound else None
        dues = [due for due in (self._kill_at, self._transcript.live.due(), weighed_at) if due is not None]
        return max(0, int((min(dues) - time.monotonic()) * 1000) + 1) if dues else None

    def _read(self, fd: int) -> int:
        try:
            data = os.read(fd, _READ)
        except BlockingIOError:
            return 0
        if not data:
            self._poll.unregister(fd)
        elif fd == self._leader.out:
            self._transcript.write(STDOUT, data)
            self._spool.write(data)
        else:
            self._transcript.write(STDERR, data)
        return len(data)

    def drain(self) -> None:
        """Read what is in the pipes now; what a child goes on to write is not waited for."""
        if kernel.nothing_waits(self._leader.out, self._leader.err):
            return
        for fd in (self._leader.out, self._leader.err):
            left = kernel.waiting_bytes(fd)
            while left > 0 and (got := self._read(fd)):
                left -= got

    def _obey(self) -> None:
        """Do what the latest stop request for this attempt says, or end with the template."""
        self._tree_first.look()
        request = self._stopping.request
        if request is None or request is self._obeyed:
            return
        self._obeyed = request
        stop = request.stop
        if stop.how is How.KILL:
            self._kill()
            return
        if self._leader.told_by is None:
            tree.signal_group(self._leader.pid, stop.signal)
        else:
            tree.signal_all([self._leader.pid], self._leader.told_by)
        if stop.how is How.TERMINATE:
            self._signal_others(stop.signal)
            self._kill_within(stop.grace, time.monotonic())

    def _weigh(self, bound: MemoryBound, now: float) -> None:
        """Look at the memory of the tree; one that uses too much is told once to end, and killed after its grace."""
        if (too_much := bound.look(now)) and not self._too_much:
            self._too_much = too_much
            if self._leader.told_by is None:
                tree.signal_group(self._leader.pid, bound.stop_signal)
            else:
                self._stopping.outgrow(self._leader.pid)
            self._signal_others(bound.stop_signal)
            self._kill_within(bound.grace, now)

    def _kill_within(self, grace: float, now: float) -> None:
        """Kill what is not gone by then. Told twice, it has the shorter of both times."""
        self._kill_at = min(now + grace, math.inf if self._kill_at is None else self._kill_at)

    def _signal_others(self, number: int) -> None:
        """Processes of the job that have left its group with setsid (P16)."""
        others = [pid for pid in self._descendants() if tree.group_of(pid) != self._leader.pid]
        tree.signal_all(others, number)
        tree.signal_all(others, signal.SIGCONT)

    def _descendants(self) -> list[int]:
        return tree.descendants(os.getpid(), self._left)

    def _kill(self) -> None:
        """KILL the tree; again in a moment if something forked away meanwhile."""
        tree.signal_all(self._descendants(), signal.SIGKILL)
        self._kill_at = time.monotonic() + 0.05


class TreeFirst:
    """While a command or what it has left lives, this slot does not die with the template at once: the tree goes first.

    The death rings the bell (fault 2); who does not listen to it meets it at the end. That it holds on between commands
    which follow one another costs nothing, and to say so for each as much as a tenth of what the slot does for it.
    """

    def __init__(self, template: int) -> None:
        self._template = template
        self._holds = False

    def begin(self) -> None:
        """A command is about to start, or what one has left is waited for."""
        if not self._holds:
            self._holds = True
            _follow(STOP_SIGNAL, self._template)

    def look(self) -> None:
        """See whether the template has died while nobody listened."""
        if os.getppid() != self._template:
            _end_with_the_tree()

    def end(self) -> None:
        """No process of a job is there, and this one waits for the next, or runs it itself."""
        if self._holds:
            self._holds = False
            _follow(signal.SIGKILL, self._template)


def _follow(death_signal: int, template: int) -> None:
    if not kernel.die_with_parent(death_signal, template):
        _end_with_the_tree()


def _end_with_the_tree() -> None:
    tree.kill_all_children(1.0)
    os._exit(70)


def close_pipes(leader: Leader) -> None:
    """The output ends here; who still writes gets EPIPE."""
    for end in (leader.out, leader.err, *leader.writing):
        os.close(end)
