"""The output of one attempt on its way: what is kept, what is shown live, what goes to a file.

Memory stays flat however much a job prints, and the job is never stalled (L3): the head and the tail are kept, the
middle is counted. Bytes stay as they were written (L4, L5).
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque

from qctl.engine.processes.restrictions import acting_as
from qctl.model.ended import LogSummary
from qctl.model.output import GAP, NOTE, STDERR, STDOUT, Chunk, pack
from qctl.model.secrets import Veiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.config.environment import Account
    from qctl.model.secrets import Veil

LIVE_EVERY: Final = 0.2  #: seconds between two batches of live output
LIVE_MOST: Final = 32 * 1024  #: bytes of a batch; the rest of a flood is dropped from the live view
_COST: Final = 16  #: bytes that a chunk counts for beside its data, so that many tiny ones are bounded too
_MERGE_UP_TO: Final = 4096


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000


class Capture:
    """Keeps the first and the last half of `limit` bytes, and counts all."""

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._head: list[Chunk] = []
        self._head_left = self._half
        self._tail: deque[Chunk] = deque()
        self._tail_size = 0
        self.dropped = 0
        self.bytes = 0
        self.stderr_bytes = 0
        self._newlines = 0
        self._open_lines: dict[str, bool] = {STDOUT: False, STDERR: False}

    def write(self, ms: int, stream: str, data: bytes) -> None:
        """Take what was written on a stream."""
        self.bytes += len(data)
        if stream == STDERR:
            self.stderr_bytes += len(data)
        self._newlines += data.count(b"\n")
        self._open_lines[stream] = not data.endswith(b"\n")
        self._keep(ms, stream, data)

    def note(self, text: str) -> None:
        """Add a line of qctl's own; it is not counted as output."""
        self._keep(_unix_ms(), NOTE, text.encode(errors="replace") + b"\n")

    def _keep(self, ms: int, stream: str, data: bytes) -> None:
        if self._head_left > 0 and not self._tail:
            _append(self._head, ms, stream, data[: self._head_left])
            rest = data[self._head_left :]
            self._head_left -= min(len(data), self._head_left) + _COST
            data = rest
        if data:
            before = len(self._tail)
            _append(self._tail, ms, stream, data)
            self._tail_size += len(data) + (len(self._tail) - before) * _COST
            self._cut_tail()

    def _cut_tail(self) -> None:
        while self._tail_size > self._half:
            ms, stream, data = self._tail[0]
            excess = self._tail_size - self._half
            if excess < len(data):
                self._tail[0] = Chunk(ms, stream, data[excess:])
                self._tail_size -= excess
                self.dropped += excess if stream != NOTE else 0
            else:
                self._tail.popleft()
                self._tail_size -= len(data) + _COST
                self.dropped += len(data) if stream != NOTE else 0

    @property
    def empty(self) -> bool:
        """Whether nothing was written, nor noted."""
        return not self._head

    def summary(self) -> LogSummary:
        """How much was written. A last line without newline is a line (L9)."""
        lines = self._newlines + sum(self._open_lines.values())
        return LogSummary(bytes=self.bytes, lines=lines, dropped=self.dropped)

    def chunks(self) -> list[Chunk]:
        """All that was kept, with a GAP where something is missing."""
        gap = [Chunk(self._tail[0].ms, GAP, b"%d" % self.dropped)] if self.dropped and self._tail else []
        return [*self._head, *gap, *self._tail]

    def packed(self) -> bytes:
        """All that was kept, as one value."""
        return pack(self.chunks(), self.dropped)


def _append(chunks: list[Chunk] | deque[Chunk], ms: int, stream: str, data: bytes) -> None:
    """Add data, to the last chunk where it goes on with the same line or came in the same millisecond."""
    if chunks:
        last = chunks[-1]
        same = last.stream == stream and stream != NOTE and len(last.data) < _MERGE_UP_TO
        if same and (last.ms == ms or not last.data.endswith(b"\n")):
            chunks[-1] = Chunk(last.ms, stream, last.data + data)
            return
    chunks.append(Chunk(ms, stream, data))


class Live:
    """What is shown while an attempt runs: a bounded batch every LIVE_EVERY seconds."""

    def __init__(self, started: float) -> None:
        self._due = started + LIVE_EVERY
        self._chunks: list[Chunk] = []
        self._size = 0
        self._dropped = 0

    def write(self, ms: int, stream: str, data: bytes) -> None:
        """Take what was written, as far as the batch has room."""
        room = LIVE_MOST - self._size
        if len(data) > room:
            self._dropped += len(data) - room
            data = data[:room]
        if data:
            _append(self._chunks, ms, stream, data)
            self._size += len(data)

    def due(self) -> float | None:
        """Monotonic time at which the batch is to be sent; None if there is nothing in it."""
        return self._due if self._chunks else None

    def take(self, now: float) -> list[Chunk]:
        """The batch, if it is time for it."""
        if not self._chunks or now < self._due:
            return []
        chunks, self._chunks = self._chunks, []
        if self._dropped:
            chunks.append(Chunk(chunks[-1].ms, GAP, b"%d" % self._dropped))
        self._size = self._dropped = 0
        self._due = now + LIVE_EVERY
        return chunks


class Tee:
    """The whole output in a file of the worker's host: `output.file`. Never a reason for a job to fail (L10).

    Opened with the rights of the job's user. A symbolic link is not followed, and a file with a second name not written
    to: whoever may write to the folder could let it lead elsewhere (attack 40).
    """

    def __init__(self, path: str, user: Account | None = None) -> None:
        self.complaint = ""
        self._fd = -1
        self._path = path
        try:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            with acting_as(user):
                self._fd = os.open(path, flags, 0o600)
        except OSError as error:
            self._give_up(error.strerror or str(error))
            return
        state = os.fstat(self._fd)
        if stat.S_ISREG(state.st_mode) and state.st_nlink > 1:
            self._give_up(f"it has {state.st_nlink} hard links")

    def _give_up(self, why: str) -> None:
        self.complaint = f"output.file {self._path}: {why}"
        self.close()

    def write(self, data: bytes) -> None:
        """Append; what cannot be written is given up, and said once."""
        try:
            while data and self._fd >= 0:
                data = data[os.write(self._fd, data) :]
        except OSError as error:
            self._give_up(f"{error.strerror}; the rest is not in the file")

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class Transcript:
    """All that becomes of an attempt's output."""

    def __init__(
        self,
        limit: int,
        file: str | None,
        started: float,
        user: Account | None = None,
        veil: Veil | None = None,
    ) -> None:
        self.kept = Capture(limit)
        self.live = Live(started)
        self._tee = Tee(file, user) if file else None
        self._veiled = {stream: Veiled(veil) for stream in (STDOUT, STDERR)} if veil else {}

    def write(self, stream: str, data: bytes) -> None:
        """Take what was just read from the attempt."""
        if self._veiled:
            data = self._veiled[stream].pass_on(data)
        if data:
            self._take(stream, data)

    def _take(self, stream: str, data: bytes) -> None:
        ms = _unix_ms()
        self.kept.write(ms, stream, data)
        self.live.write(ms, stream, data)
        if self._tee is not None:
            self._tee.write(data)

    def note(self, text: str) -> None:
        """Add a line of qctl's own."""
        self.kept.note(text)

    def close(self) -> None:
        """No more comes."""
        for stream, veiled in self._veiled.items():
            if rest := veiled.rest():
                self._take(stream, rest)
        if self._tee is not None:
            self._tee.close()
            if self._tee.complaint:
                self.note(self._tee.complaint)
