"""Following a job's output while it is written: each byte once, in order, through all its attempts, to the end."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.output import GAP, NOTE, Chunk, decode_chunks, unpack
from qctl.model.state import State
from qctl.store import LIVE_BATCH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qctl.model.job import Job
    from qctl.store import Reading

LOOK_AGAIN = 0.2  #: seconds


@dataclass(frozen=True, slots=True)
class LogPiece:
    """A piece of a job's output."""

    job: str
    attempt: int
    chunk: Chunk


class Follower:
    """Follows one job, from an attempt on. `read` yields what is new; it is complete when the job has ended."""

    def __init__(self, job_id: str, reading: Reading, attempt: int = 1) -> None:
        self._id = job_id
        self._reading = reading
        self._attempt = attempt
        self._seen = 0  #: bytes of this attempt's output that were yielded or are known to be dropped
        self._entry = "-"

    def read(self, job: Job) -> Iterator[LogPiece]:
        """What was written since the last time, up to the state that `job` shows."""
        over = {attempt.number for attempt in job.attempts}
        newest = job.attempt if job.state in (State.RUNNING, State.ENDED) else max(over, default=0)
        while self._attempt <= newest:
            yield from self._attempt_output()
            if self._attempt not in over and not job.ended:
                return
            self._attempt, self._seen, self._entry = self._attempt + 1, 0, "-"

    def _attempt_output(self) -> Iterator[LogPiece]:
        more = True
        while more:
            packed, live = self._reading.output(self._id, self._attempt, self._entry)
            if packed is not None:
                yield from self._unseen(0, unpack(packed).chunks)
            for entry in live:
                yield from self._unseen(entry.offset, decode_chunks(entry.chunk))
                self._entry = entry.entry
            more = len(live) == LIVE_BATCH

    def _unseen(self, offset: int, chunks: Iterable[Chunk]) -> Iterator[LogPiece]:
        if offset > self._seen:
            yield self._piece(Chunk(0, GAP, str(offset - self._seen).encode()))
            self._seen = offset
        for chunk in chunks:
            size = length_of(chunk)
            known = max(0, self._seen - offset)
            offset += size
            if known >= size and chunk.stream != NOTE:
                continue
            if chunk.stream == GAP:
                yield self._piece(Chunk(chunk.ms, GAP, str(size - known).encode()))
            elif known < size:
                yield self._piece(Chunk(chunk.ms, chunk.stream, chunk.data[known:]))
            self._seen = max(self._seen, offset)

    def _piece(self, chunk: Chunk) -> LogPiece:
        return LogPiece(self._id, self._attempt, chunk)


def length_of(chunk: Chunk) -> int:
    """How far a chunk reaches in the output of its attempt: a gap stands for the bytes that were dropped."""
    return int(chunk.data) if chunk.stream == GAP else len(chunk.data)


def follow(job_id: str, reading: Reading, pause: Callable[[float], None]) -> Iterator[LogPiece]:
    """Yield a job's output as it comes; ends when the job has ended. Raises NoSuchJob."""
    follower = Follower(job_id, reading)
    while True:
        job = reading.job(job_id)
        yield from follower.read(job)
        if job.ended:
            return
        pause(LOOK_AGAIN)
