"""The page of jobs that a query means, or that are sorted: what takes a while is not done at every look."""

from __future__ import annotations

from itertools import islice
from types import MappingProxyType

from qctl.classes import dataclass
from qctl.client.among import progress_among
from qctl.client.watching.jobs import Failures
from qctl.client.watching.snapshot import JobPage
from qctl.clock import monotonic
from qctl.model.job_words import run_s, title_of
from qctl.model.state import State
from qctl.model.view import wait_seconds
from qctl.store.asking import alongside, carry_out
from qctl.store.window import Windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo
    from typing import Any, Final

    from qctl.client.asking import Client
    from qctl.client.watching.snapshot import Want
    from qctl.model.job import Job
    from qctl.model.query_tree import Query
    from qctl.store.glance import Glance

SORTED: Final = 1_000  #: jobs that are read to be sorted
FURTHEST: Final = 10_000  #: jobs of a query that one can scroll through
_SHARE: Final = 100  #: what took a while is done again when so many times that has passed


def _age_s(job: Job, now_ms: int) -> float:
    """For how long a job has run, or ran, or has been there."""
    ran = run_s(job, now_ms)
    return (now_ms - job.enqueued_ms) / 1000 if ran is None else ran


#: By what the columns of a table of jobs are sorted; each at `now_ms`.
SORTS: Final[Mapping[str, Callable[[Job, int], Any]]] = MappingProxyType(
    {
        "id": lambda job, _: job.id,
        "task": lambda job, _: title_of(job),
        "state": lambda job, _: (list(State).index(job.state), job.outcome or ""),
        "queue": lambda job, _: job.queue,
        "priority": lambda job, _: -job.priority,
        "try": lambda job, _: -job.attempt,
        "enqueued": lambda job, _: -job.enqueued_ms,
        "wait": lambda job, _: -(wait_seconds(job) or 0),
        "age": lambda job, now_ms: -_age_s(job, now_ms),
        "worker": lambda job, _: (job.worker is None, job.worker or ""),
    }
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """For what the jobs were found."""

    query: Query | None
    sort: str
    reverse: bool
    most: int


class Found:
    """Reads pages, one after the other."""

    def __init__(self, client: Client, zone: tzinfo) -> None:
        self._client = client
        self._zone = zone
        self._windows, self._failures = Windows(client.store.keys), Failures(client.store)
        self._wanted: _Wanted | None = None
        self._jobs: list[Job] = []
        self._cut = False
        self._until = 0.0

    def read(self, want: Want, glance: Glance) -> JobPage:
        """The jobs that are meant, those that are shown as they are now. Raises QctlError."""
        most = SORTED if want.sort else min(want.first + want.rows, FURTHEST) + 1
        wanted = _Wanted(want.query, want.sort, want.reverse, most)
        fresh = wanted != self._wanted or monotonic() >= self._until
        if fresh:
            self._find(wanted, glance)
        total = min(len(self._jobs), FURTHEST)
        first = want.begin(total)
        shown: Sequence[Job] = self._jobs[first : min(first + want.rows, total)]
        if not fresh:
            shown = self._client.reading.jobs([job.id for job in shown])
        queued = [job for job in shown if job.state is State.QUEUED and not job.parked_by]
        return JobPage(
            jobs=tuple(shown),
            first=first,
            total=total,
            cut=self._cut,
            bounded=self._cut and (bool(want.sort) or most > FURTHEST),
            counted=progress_among(self._client.reading, shown),
            places=self._client.reading.ranks(queued),
        )

    def _find(self, wanted: _Wanted, glance: Glance) -> None:
        began = monotonic()
        if wanted.query is not None:
            jobs, self._cut = self._searched(wanted.query, wanted.most)
        else:
            jobs, self._cut = self._standing(glance, wanted.most)
        if (by := SORTS.get(wanted.sort)) is not None:
            jobs = sorted(jobs, key=lambda job: by(job, glance.now_ms), reverse=wanted.reverse)
        self._wanted, self._jobs = wanted, jobs
        self._until = monotonic() + _SHARE * (monotonic() - began)

    def _searched(self, query: Query, most: int) -> tuple[list[Job], bool]:
        """What a query means, that which has not ended first, and whether there may be more."""
        search = self._client.search(query, self._zone)
        jobs = list(islice(search.active(), most)) if search.scope.active else []
        if search.scope.ended and len(jobs) < most:
            jobs += islice(search.ended(), most - len(jobs))
        return jobs, search.extent.cut or len(jobs) == most

    def _standing(self, glance: Glance, most: int) -> tuple[list[Job], bool]:
        """What has not ended and what has failed lately, and whether there is more."""
        asked = alongside(self._windows.ask(glance, 0, most), self._failures.ask(glance))
        window, failed = carry_out(self._client.store, asked)
        jobs = [job for job in self._client.reading.jobs(window.ids) if not job.ended]
        return jobs + failed, window.total > most
