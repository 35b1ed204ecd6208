"""What a job that failed without a traceback has said last: of a command, all that tells why."""

from __future__ import annotations

from typing import Final

from qctl.model.cells import one_line
from qctl.model.job import Job
from qctl.python.asked import Asked

_MOST: Final = 10  #: lines
_LONGEST: Final = 500  #: characters of one


def last_words(job: Job, client: Asked) -> str:
    """The last lines that its last attempt has written on both streams, below a title; empty if there are none.

    Raises NoSuchJob.
    """
    last = job.last
    if last is None:
        return ""
    said = b"".join(p.chunk.data for p in client.logs(job.id) if p.attempt == last.number and p.chunk.stream in "oe")
    lines = [f"  {one_line(line)[:_LONGEST]}" for line in said.decode(errors="replace").splitlines()[-_MOST:]]
    return "\n".join([f"last lines of {job.id} ({job.call.task}):", *lines]) if lines else ""
