"""The newest output of one job, or of the steps of a workflow, look after look."""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from qctl.classes import replace
from qctl.client.following import Follower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.client.following import LogPiece
    from qctl.model.job import Job
    from qctl.store import Reading

_MOST_BYTES: Final = 1 << 20  #: that are kept, of a job that ends no line


class Tail:
    """The last lines of the job that is wanted; changing it begins anew."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._job = ""
        self._most = 0
        self._followers: dict[str, Follower] = {}
        self._pieces: deque[LogPiece] = deque()
        self._lines = self._bytes = 0
        self.dropped = 0  #: lines that are not kept here

    def read(self, job_id: str, most: int, speakers: Sequence[Job]) -> tuple[LogPiece, ...]:
        """So many of the newest lines of a job, which these write, as they were read right before: the job itself, or
        steps of it. Raises QctlError.
        """
        if job_id != self._job or most > self._most:
            self._job, self._most, self._followers = job_id, most, {}
            self._pieces, self._lines, self._bytes, self.dropped = deque(), 0, 0, 0
        for job in speakers:
            follower = self._followers.setdefault(job.id, Follower(job.id, self._reading))
            with suppress(ValueError):  # output that somebody wrote by hand
                for piece in follower.read(job):
                    self._keep(piece)
        return tuple(self._pieces)

    def _keep(self, piece: LogPiece) -> None:
        """Put a piece behind the others, and let go of older ones than are wanted."""
        self._pieces.append(piece)
        self._lines += _lines(piece)
        self._bytes += len(piece.chunk.data)
        surplus = self._lines - self._most
        while surplus > 0 or (self._bytes > _MOST_BYTES and len(self._pieces) > 1):
            gone = self._pieces.popleft()
            lines, size = _lines(gone), len(gone.chunk.data)
            if 0 < surplus <= lines:
                rest = gone.chunk.data.split(b"\n", surplus)[-1]
                lines, size = surplus, size - len(rest)
                if rest:
                    self._pieces.appendleft(replace(gone, chunk=gone.chunk._replace(data=rest)))
            surplus -= lines
            self._lines -= lines
            self._bytes -= size
            self.dropped += lines


def _lines(piece: LogPiece) -> int:
    return piece.chunk.data.count(b"\n")
