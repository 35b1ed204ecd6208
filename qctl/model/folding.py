"""Runs that tell nothing new, in one row of a listing: those of one schedule that went well at once. Pure."""

from __future__ import annotations

from itertools import islice
from statistics import median
from typing import NamedTuple

from qctl.classes import dataclass, field
from qctl.model.job_words import run_s
from qctl.model.state import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from qctl.model.job import Job


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


class Page(NamedTuple):
    """A part of a listing."""

    rows: list[Fold]
    jobs: list[Job]  #: all that stand in the rows, in their order
    more: bool


def fold(jobs: Iterable[Job], limit: int, most: int) -> Page:
    """These jobs in `limit` rows at most, in the order of their first ones; of `most` jobs at most."""
    page = Page([], [], False)
    open_rows: dict[tuple[str, str], Fold] = {}
    for job in jobs:
        key = _alike(job)
        like = open_rows.get(key) if key is not None else None
        if len(page.jobs) == most or (like is None and len(page.rows) == limit):
            return page._replace(more=True)
        page.jobs.append(job)
        if like is not None:
            like.like_it.append(job)
            continue
        page.rows.append(Fold(job))
        if key is not None:
            open_rows[key] = page.rows[-1]
    return page


def unfolded(jobs: Iterable[Job], limit: int) -> Page:
    """Each of these jobs in a row of its own, up to `limit`."""
    found = list(islice(jobs, limit + 1))
    return Page([Fold(job) for job in found[:limit]], found[:limit], len(found) > limit)


def _alike(job: Job) -> tuple[str, str] | None:
    """What runs that tell nothing new have in common; None of one that is worth a row."""
    if job.outcome is not Outcome.SUCCEEDED or job.attempt > 1 or not job.call.schedule:
        return None
    return job.call.schedule, job.call.task
