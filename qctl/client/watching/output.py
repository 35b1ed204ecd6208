"""The newest output of one job, look after look."""

from __future__ import annotations

from collections import deque

from qctl.client.following import Follower, LogPiece
from qctl.errors import NoSuchJob
from qctl.store import Reading


class Tail:
    """The last lines of the job that is wanted; changing it begins anew."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._job = ""
        self._most = 0
        self._follower: Follower | None = None
        self._pieces: deque[LogPiece] = deque()
        self._lines = 0
        self.dropped = 0  #: lines that are not kept here

    def read(self, job_id: str, most: int) -> tuple[LogPiece, ...]:
        """So many of the newest lines that the job has written; none of one that is gone. Raises QctlError."""
        if not job_id:
            return ()
        if job_id != self._job or most > self._most:
            self._job, self._most, self._follower = job_id, most, Follower(job_id, self._reading)
            self._pieces, self._lines, self.dropped = deque(), 0, 0
        try:
            job = self._reading.job(job_id)
        except NoSuchJob:
            return ()
        if self._follower is not None:
            for piece in self._follower.read(job):
                self._pieces.append(piece)
                self._lines += _lines(piece)
        while self._pieces and self._lines - _lines(self._pieces[0]) > self._most:
            gone = self._pieces.popleft()
            self._lines -= _lines(gone)
            self.dropped += _lines(gone)
        return tuple(self._pieces)


def _lines(piece: LogPiece) -> int:
    return piece.chunk.data.count(b"\n")
