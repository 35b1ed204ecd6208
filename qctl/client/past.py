"""Jobs that have ended, newest first, read in batches for as long as somebody takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from qctl.model.job import Job
from qctl.store import Reading

_BATCH: Final = 200


def past(
    reading: Reading, task: str | None = None, before_ms: int | None = None, *, unsuccessful: bool = False
) -> Iterator[Job]:
    """Ended jobs of one task or of all; `unsuccessful` spares reading those of all tasks that succeeded."""
    seen: set[str] = set()
    while True:
        batch = reading.ended(_BATCH, task, before_ms, unsuccessful and task is None)
        fresh = [job for job in batch if job.id not in seen]
        yield from fresh
        seen |= {job.id for job in fresh}
        if len(batch) < _BATCH or not fresh:
            return
        before_ms = (fresh[-1].ended_ms or 0) + 1  # several may have ended in the same millisecond
