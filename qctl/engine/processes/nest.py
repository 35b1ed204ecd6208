"""One slot as the template keeps it: its pipes, its run directory, the hand-over of what it has printed.

The template drains the pipes, and not the slot, because C code that holds the GIL and prints more than a pipe holds
would wait for ever for a thread of its own process.

Whose line is it? The template reads from a slot's pipes at any time, and the row of the slot says which attempt runs. A
slot moves on to its next attempt only when nothing of the last one is left in the pipes *and* the template has put it
into the transcript:

- After the task has returned, the slot flushes everything, then asks FIONREAD of both pipes, **then** reads the
  activity counter, which the template raises **before** each read. Suppose that the attempt wrote at least one byte. If
  it is still in the pipe, FIONREAD is not 0. If it is not, the template has read it, and that read was made after the
  last hand-over, since the byte was written after it. The counter was raised before that read and after that
  hand-over, for the template does one thing at a time. So it is higher than the value that the answer to the hand-over
  named, which is the one that the slot remembers. Empty pipes and an unchanged counter together therefore mean that
  the attempt has written nothing, and there is no round trip. (The slot must not look the counter up itself after the
  answer: by then the template may have raised it for a read that is yet to come.)
- Otherwise the slot sends a hand-over and waits. The template empties both pipes into the transcript and answers with
  the packed log, and with the counter as it stands then. Of a long log the slot asks for part after part: it may have
  no descriptor left for a large message, and the template waits for nobody to read.

A thread or child that an attempt leaves behind may still write later; what comes then belongs to whatever runs then.
"""

from __future__ import annotations

import json
import os
import struct
import time
from contextlib import ExitStack

from qctl.classes import dataclass, field
from qctl.engine.processes import kernel, packets, rundir
from qctl.engine.processes.transcript import Transcript
from qctl.model.ended import LogSummary
from qctl.model.output import STDERR, STDOUT
from qctl.model.secrets import Veil

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Final

    from qctl.engine.processes.table import Row
    from qctl.model.task import Task

_READ: Final = 1 << 16
_HANDED: Final = struct.Struct("<cQQQQQQ")  # mark, activity, bytes, lines, dropped, bytes on stderr, length of the log
_MARK: Final = b"H"
_REST: Final = struct.Struct("<cQ")  # mark, bytes of the log that are known
_MORE: Final = b"M"
_HIDE: Final = b"S"


@dataclass(frozen=True, slots=True)
class Printed:
    """What an attempt has printed."""

    log: LogSummary = field(default_factory=LogSummary)
    packed: bytes = b""
    stderr_bytes: int = 0


NOTHING: Final = Printed()


@dataclass(slots=True)
class SlotEnds:
    """What the slot inherits: the writing ends of its pipes, its end of the hand-over, its run directory's path."""

    out: int
    err: int
    handover: socket.socket
    run_dir: str
    activity: int  #: the counter when they were made


class Nest:
    """The place of one slot, made before it is forked and emptied when it is dead. OSError: nothing of it is open."""

    def __init__(self, number: int, row: Row, run_dir: str) -> None:
        self.number, self.row, self.pid = number, row, 0
        self.run_dir = run_dir
        with ExitStack() as if_refused:
            self.listener = if_refused.enter_context(rundir.make(run_dir))
            self.out, out = _pipe(if_refused)
            self.err, err = _pipe(if_refused)
            self.handover, handover = packets.pair()
            if_refused.pop_all()
        self.handover.setblocking(False)
        self.ends = SlotEnds(out, err, handover, run_dir, row.activity)
        self._transcript: Transcript | None = None
        self._serial = 0
        self._veil: Veil | None = None
        self._veil_serial = 0
        self._hides = packets.Joining()
        self._handed: tuple[int, Printed] = (0, NOTHING)

    def close_slots_ends(self) -> None:
        """The slot has them now."""
        os.close(self.ends.out)
        os.close(self.ends.err)
        self.ends.handover.close()

    def read(self, fd: int, tasks: list[Task]) -> int | None:
        """Read once from a pipe. None: nothing is there now (a hand-over took it); 0: nobody can write any more."""
        self.row.raise_activity()
        try:
            data = os.read(fd, _READ)
        except BlockingIOError:
            return None
        serial = self.row.current
        if not data or not serial:
            return len(data)  # what is written between two attempts belongs to none
        self._of(serial, tasks).write(STDOUT if fd == self.out else STDERR, data)
        return len(data)

    def _of(self, serial: int, tasks: list[Task]) -> Transcript:
        if self._transcript is None or self._serial != serial:
            task = tasks[self.row.task - 1] if self.row.task else None
            limit = task.output_max if task else 262144
            veil = self._veil if self._veil_serial == serial else None
            self._transcript = Transcript(
                limit, None, time.monotonic(), veil=veil
            )  # a disk may hang: see `python_child`
            self._serial = serial
        return self._transcript

    def drain(self, tasks: list[Task]) -> None:
        """Empty both pipes of what is in them now; a child of the job that goes on printing cannot hold it up."""
        for fd in (self.out, self.err):
            left = kernel.waiting_bytes(fd)
            while left > 0 and self.read(fd, tasks):
                left -= _READ

    def hear(self, message: bytes, tasks: list[Task]) -> None:
        """Do what the slot asks for: hide texts in what its attempt prints, or hand over what it has printed."""
        if message[:1] == _HIDE:
            if (texts := self._hides.take(message[1:])) is not None:
                self._veil, self._veil_serial = Veil(json.loads(texts)), self.row.current
                packets.send(self.handover, _HIDE)
        elif message[:1] == _MORE:
            _, known = _REST.unpack(message)
            packets.send(self.handover, self._handed[1].packed[known : known + packets.PART])
        else:
            self.hand_over(tasks)

    def hide(self, text: str) -> str:
        """A text of the attempt that runs, without the secrets of that attempt."""
        hides = self._veil is not None and self._veil_serial == self.row.current
        return self._veil.over_text(text) if hides and self._veil else text

    def hand_over(self, tasks: list[Task]) -> None:
        """Answer the slot: everything that its attempt has printed."""
        serial = self.row.current
        self.drain(tasks)
        printed = self._take(serial)
        self._handed = (serial, printed)
        log, packed = printed.log, printed.packed
        head = _HANDED.pack(
            _MARK, self.row.activity, log.bytes, log.lines, log.dropped, printed.stderr_bytes, len(packed)
        )
        packets.send(self.handover, head + packed[: packets.PART])

    def _take(self, serial: int) -> Printed:
        transcript, self._transcript = self._transcript, None
        if transcript is None or self._serial != serial:
            return NOTHING
        transcript.close()
        return printed_of(transcript)

    def last_words(self, tasks: list[Task]) -> Printed:
        """What the attempt of a dead slot has printed."""
        serial = self.row.current
        self.drain(tasks)
        printed = self._take(serial)
        return self._handed[1] if printed is NOTHING and self._handed[0] == serial else printed

    @property
    def live(self) -> tuple[int, Transcript] | None:
        """The transcript that is being written, and whose it is."""
        return (self._serial, self._transcript) if self._transcript else None

    def close(self) -> None:
        """Give everything back."""
        os.close(self.out)
        os.close(self.err)
        self.handover.close()
        self.listener.close()
        rundir.remove(self.run_dir)


def _pipe(if_refused: ExitStack) -> tuple[int, int]:
    """A pipe whose reading end does not block, closed by `if_refused`."""
    ends = os.pipe2(os.O_CLOEXEC)
    for end in ends:
        if_refused.callback(os.close, end)
    os.set_blocking(ends[0], False)
    return ends


def printed_of(transcript: Transcript) -> Printed:
    """All that is to be reported of a transcript."""
    kept = transcript.kept
    if kept.empty:
        return NOTHING
    return Printed(kept.summary(), kept.packed(), kept.stderr_bytes)


def ask_to_hide(handover: socket.socket, veil: Veil) -> None:
    """The slot's side, before its attempt begins: what the template must let nobody see. Returns when it knows.

    In parts, for the template may have no descriptor left.
    """
    for part in packets.in_parts(json.dumps(veil.texts).encode()):
        packets.send(handover, _HIDE + part)
    packets.receive(handover)


def ask_for_output(handover: socket.socket) -> tuple[Printed, int]:
    """The slot's side of the hand-over: what the template has read, and the activity counter after that."""
    answer = _asked(handover, _MARK)
    _, activity, size, lines, dropped, stderr, length = _HANDED.unpack_from(answer)
    packed = bytearray(answer[_HANDED.size :])
    while len(packed) < length:
        packed += _asked(handover, _REST.pack(_MORE, len(packed)))
    return Printed(LogSummary(bytes=size, lines=lines, dropped=dropped), bytes(packed), stderr), activity


def _asked(handover: socket.socket, question: bytes) -> bytes:
    packets.send(handover, question)
    answer = packets.receive(handover)
    assert answer is not None, "the slot's end blocks"
    return answer
