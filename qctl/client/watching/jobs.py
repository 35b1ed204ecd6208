"""The page of jobs that a screen shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from qctl.client.asking import Client
from qctl.client.watching.snapshot import JobPage, Want
from qctl.client.workflows import progress_among
from qctl.clock import monotonic
from qctl.model.error_groups import FAILURES
from qctl.model.job import Job
from qctl.model.job_words import run_s, title_of
from qctl.model.query import Query
from qctl.model.query_scope import ACTIVE
from qctl.model.state import State
from qctl.model.view import wait_seconds
from qctl.model.workflow.plan import parts_of

FURTHEST: Final = 10_000  #: rows that one can scroll through
SORTED: Final = 1_000  #: jobs that are read to be sorted
_FAILED: Final = 10  #: that have failed lately and stand below those that have not ended
_LATELY_MS: Final = 3_600_000
_SHARE: Final = 50  #: a search that took a while is made again when so many times that has passed

Page = tuple[list[Job], int, bool]  #: jobs, how many there are in all, whether there may be more

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
        "age": lambda job, now_ms: -(run_s(job, now_ms) or (now_ms - job.enqueued_ms) / 1000),
        "worker": lambda job, _: (job.worker is None, job.worker or ""),
    }
)


class Pages:
    """Reads pages of jobs."""

    def __init__(self, client: Client, zone: tzinfo = UTC) -> None:
        self._client = client
        self._zone = zone
        self._kept: tuple[Want, list[Job], int, bool] | None = None
        self._kept_until = 0.0

    def read(self, want: Want, now_ms: int) -> JobPage:
        """The jobs that are wanted, as they are now. Raises QctlError."""
        if not want.jobs:
            return JobPage()
        jobs, total, cut = self._found(want, now_ms)
        if want.sort in SORTS:
            by = SORTS[want.sort]
            jobs = sorted(jobs, key=lambda job: by(job, now_ms), reverse=want.reverse)
        shown = jobs[want.first : want.first + want.rows] if want.sort or want.query is not None else jobs
        return JobPage(
            jobs=tuple(shown),
            first=min(want.first, total),
            total=total,
            cut=cut,
            counted=progress_among(self._client, shown),
            places=self._places(shown),
        )

    def _found(self, want: Want, now_ms: int) -> Page:
        if want.query is not None:
            return self._searched(want.query, want)
        if want.sort:
            return self._standing(0, SORTED, now_ms)
        return self._standing(want.first, want.rows, now_ms)

    def _standing(self, first: int, rows: int, now_ms: int) -> Page:
        """What has not ended, from a place on, then what has failed lately; workflows as a whole."""
        reading = self._client.reading
        most = min(first + rows, FURTHEST)
        found, total = reading.standing(ACTIVE, most)
        ids = list(dict.fromkeys(job for job in found if not parts_of(job)))
        total -= len(found) - len(ids)
        jobs = [job for job in reading.jobs(ids[first:most]) if not job.ended]
        if len(ids) < most:
            failed = self._failed(now_ms)
            jobs, total = jobs + failed[max(0, first - len(ids)) :], len(ids) + len(failed)
        return jobs, min(total, FURTHEST), total > FURTHEST

    def _failed(self, now_ms: int) -> list[Job]:
        past = self._client.reading.past(unsuccessful=True, since_ms=now_ms - _LATELY_MS)
        jobs = self._client.reading.jobs([job for job in past.page(5 * _FAILED) if not parts_of(job)])
        return [job for job in jobs if job.outcome in FAILURES][:_FAILED]

    def _searched(self, query: Query, want: Want) -> Page:
        """What a query means, that which has not ended first. One that reads much is not made at every look."""
        kept = self._kept
        if kept is not None and kept[0] == want and monotonic() < self._kept_until:
            return kept[1:]
        began = monotonic()
        most = SORTED if want.sort else min(want.first + want.rows, FURTHEST) + 1
        search = self._client.search(query, self._zone)
        jobs = list(islice(search.active(), most)) if search.scope.active else []
        if search.scope.ended and len(jobs) < most:
            jobs += islice(search.ended(), most - len(jobs))
        cut = search.extent.cut or len(jobs) == most
        self._kept = (want, jobs, len(jobs), cut)
        self._kept_until = monotonic() + _SHARE * (monotonic() - began)
        return jobs, len(jobs), cut

    def _places(self, jobs: list[Job]) -> dict[str, int]:
        """Of queued jobs, which in their queue they are."""
        return self._client.reading.ranks([job for job in jobs if job.state is State.QUEUED and not job.parked_by])
