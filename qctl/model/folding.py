"""Runs that tell nothing new, in one row of a listing: those of one schedule that went well at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from qctl.model.job import Job
from qctl.model.job_words import run_s
from qctl.model.state import Outcome


@dataclass(slots=True)
class Fold:
    """A row: a job, and those that are like it and older."""

    job: Job
    like_it: list[Job] = field(default_factory=list)

    @property
    def times(self) -> int:
        return 1 + len(self.like_it)

    @property
    def run_s(self) -> float | None:
        """How long its job ran, in seconds; of several in the median."""
        runs = [took for job in (self.job, *self.like_it) if (took := run_s(job, 0)) is not None]
        return median(runs) if runs else None


def fold(jobs: Iterable[Job], limit: int) -> tuple[list[Fold], bool]:
    """The rows of these jobs, `limit` at most, in the order of their first ones; and whether there are more."""
    rows: list[Fold] = []
    open_rows: dict[tuple[str, str], Fold] = {}
    for job in jobs:
        key = _alike(job)
        if key is not None and key in open_rows:
            open_rows[key].like_it.append(job)
            continue
        if len(rows) == limit:
            return rows, True
        rows.append(Fold(job))
        if key is not None:
            open_rows[key] = rows[-1]
    return rows, False


def unfolded(jobs: Sequence[Job]) -> list[Fold]:
    """Each job in a row of its own."""
    return [Fold(job) for job in jobs]


def _alike(job: Job) -> tuple[str, str] | None:
    """What runs that tell nothing new have in common; None of one that is worth a row."""
    if job.outcome is not Outcome.SUCCEEDED or job.attempt > 1 or not job.call.schedule:
        return None
    return job.call.schedule, job.call.task
