"""What running jobs print and how far they are, on its way to the store: batched, at most a second late, bounded.

The live stream of an attempt is only for those who watch; the output that is kept goes with the settlement. So what
is lost here is lost to nobody but them.
"""

from __future__ import annotations

import math
from collections import deque

from qctl.classes import dataclass, field
from qctl.engine.unheard import unheard
from qctl.errors import QctlError
from qctl.model.output import GAP, NOTE, encode_chunks
from qctl.store.values import OutputReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.engine.claims import Held
    from qctl.engine.limits import Key
    from qctl.engine.station import Station
    from qctl.model.output import Chunk
    from qctl.store.values import ProgressReport

INTERVAL: Final = 0.5  #: seconds between two reports
REPORTS: Final = 100  #: in one call
FULL: Final = 1024 * 1024  #: bytes of all jobs that may wait here while Redis is away; more is dropped


@dataclass(slots=True)
class Stream:
    """The live output of one attempt."""

    held: Held
    chunks: list[Chunk] = field(default_factory=list)
    waiting: int = 0  #: bytes in `chunks`
    written: int = 0  #: bytes that the attempt has written so far …
    offset: int = 0  #: … and had written before `chunks`
    progress: ProgressReport | None = None
    entries: deque[tuple[str, int]] = field(default_factory=deque)  #: entries of the tail, with their sizes
    head: int = 0  #: bytes of the entries that stay as the head
    tail: int = 0

    def make_room(self) -> tuple[str, ...]:
        """The ids of entries to drop, so that head and tail together stay under the attempt's limit."""
        limit = self.held.task.output_max if self.held.task else 262144
        dropped = []
        while self.entries and self.tail > limit // 2:
            entry, size = self.entries.popleft()
            self.tail -= size
            dropped.append(entry)
        return tuple(dropped)

    def sent(self, entry: str, size: int) -> None:
        """An entry is in the store."""
        limit = self.held.task.output_max if self.held.task else 262144
        if self.head + size <= limit // 2:
            self.head += size
            return
        self.entries.append((entry, size))
        self.tail += size


class LiveOutput:
    """Collects, and reports when it is time."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._streams: dict[Key, Stream] = {}
        self._changed: dict[Key, Stream] = {}
        self._bytes = 0
        self._due = math.inf
        self._last = -math.inf
        self._under_way = False

    def printed(self, held: Held, chunks: Sequence[Chunk], now: float) -> None:
        """An attempt has printed something."""
        size = sum(len(chunk.data) for chunk in chunks)
        stream = self._stream(held, now)
        if not stream.chunks:
            stream.offset = stream.written
        stream.written += sum(map(_written, chunks))
        if self._bytes + size > FULL:
            return
        stream.chunks += chunks
        stream.waiting += size
        self._bytes += size

    def progressed(self, held: Held, report: ProgressReport, now: float) -> None:
        """An attempt says how far it is; only the newest counts."""
        self._stream(held, now).progress = report

    def end(self, key: Key, now: float) -> None:
        """The attempt is over: its output goes with its settlement, its last word on progress goes at once, before."""
        if not self._streams:
            return
        self._changed.pop(key, None)
        stream = self._streams.pop(key, None)
        if stream is None:
            return
        self._bytes -= stream.waiting
        if stream.progress is not None and self._station.line.up:
            command = self._station.verbs.report(stream.held.worker, [stream.progress])
            self._station.line.ask([command], unheard, unheard, now)

    def next_due(self) -> float:
        return math.inf if self._under_way else self._due

    def run_once(self, now: float) -> None:
        """Report what has come together."""
        self._due = math.inf
        if not self._changed or not self._station.line.up:
            self._due = now + INTERVAL if self._changed else math.inf
            return
        worker = next(iter(self._changed.values())).held.worker
        reports: list[ProgressReport | OutputReport] = []
        streams: list[tuple[Stream, int]] = []
        for key, stream in list(self._changed.items()):
            if stream.held.worker != worker or len(reports) >= REPORTS:
                self._due = now
                continue
            del self._changed[key]
            for report, size in self._reports(stream):
                reports.append(report)
                streams.append((stream, size))
        self._last = now
        self._send(worker, reports, streams, now)

    def _reports(self, stream: Stream) -> list[tuple[ProgressReport | OutputReport, int]]:
        found: list[tuple[ProgressReport | OutputReport, int]] = []
        if stream.progress is not None:
            found.append((stream.progress, 0))
            stream.progress = None
        if stream.chunks:
            chunk, claim = encode_chunks(stream.chunks), stream.held.claim
            report = OutputReport(claim.id, claim.fence, claim.attempt, stream.offset, chunk, stream.make_room())
            found.append((report, len(chunk)))
            self._bytes -= stream.waiting
            stream.chunks, stream.waiting = [], 0
        return found

    def _send(
        self,
        worker: str,
        reports: Sequence[ProgressReport | OutputReport],
        streams: Sequence[tuple[Stream, int]],
        now: float,
    ) -> None:
        def answered(answers: list[Any]) -> None:
            self._under_way = False
            if not isinstance(answers[0], QctlError):
                for (stream, size), entry in zip(streams, answers[0], strict=True):
                    if size and entry != "FENCED":
                        stream.sent(entry, size)

        def lost() -> None:
            self._under_way = False

        command = self._station.verbs.report(worker, reports)
        self._under_way = self._station.line.ask([command], answered, lost, now)

    def _stream(self, held: Held, now: float) -> Stream:
        stream = self._streams.get(held.key)
        if stream is None:
            stream = self._streams[held.key] = Stream(held)
        self._changed[held.key] = stream
        self._due = min(self._due, max(now, self._last + INTERVAL))
        return stream


def _written(chunk: Chunk) -> int:
    """Bytes of the job's own that a chunk stands for."""
    if chunk.stream == GAP:
        return int(chunk.data)
    return 0 if chunk.stream == NOTE else len(chunk.data)
