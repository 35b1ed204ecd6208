"""What only Redis can tell at a Tab: no more of qctl is imported for it than reads a few keys.

What has not come within the limit is not offered. No server is started for it.
"""

from __future__ import annotations

from threading import Thread

from qctl.client.glimpse import glimpse
from qctl.errors import QctlError
from qctl.model.cells import cut, one_line, typeable
from qctl.model.job_words import run_s, title_of
from qctl.model.show import duration
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Final

    from qctl.client.glimpse import Reading
    from qctl.model.job import Job

_NEWEST: Final = 20  #: jobs that are offered: with what is said of each they fit on a screen
_LOOKED_AT: Final = 200  #: jobs, where the first letters are there
_MOST_TITLE: Final = 40  #: cells

Row = tuple[str, str]


def ask(kind: str, prefix: str, url: str, namespace: str, limit: float) -> list[Row]:
    """The rows of a kind within `limit` seconds, by a thread of its own: no look-up of a name can hold it up."""
    found: list[Row] = []

    def run() -> None:
        try:
            with glimpse(url, namespace, limit) as reading:
                found.extend(READERS[kind](reading, prefix))
        except (QctlError, OSError, ValueError):
            return

    asking = Thread(target=run, daemon=True)
    asking.start()
    asking.join(limit)
    rows = {} if asking.is_alive() else dict(found)
    return [(value, one_line(about)) for value, about in rows.items() if typeable(value)]


def _queues(reading: Reading, _prefix: str) -> Iterator[Row]:
    names = reading.queue_names()
    pauses = reading.pauses()
    for name in names:
        yield name, "paused" if name in pauses else ""


def _workers(reading: Reading, _prefix: str) -> Iterator[Row]:
    for worker in reading.workers():
        yield worker.label, f"{len(worker.running)} running"


def _hosts(reading: Reading, _prefix: str) -> Iterator[Row]:
    for worker in reading.workers():
        yield str(worker.about.get("host", "")), ""


def _jobs(reading: Reading, prefix: str) -> Iterator[Row]:
    ids = [job for job in reading.recent() if job.startswith("" if prefix.startswith("@") else prefix)]
    yield from _rows(reading, reading.jobs(ids[:_NEWEST]), "@last", "@failed")


def _active_jobs(reading: Reading, prefix: str) -> Iterator[Row]:
    jobs = reading.active(_LOOKED_AT if prefix else _NEWEST)
    yield from _rows(reading, _begun([job for job in jobs if not job.ended], prefix), "@last")


def _ended_jobs(reading: Reading, prefix: str) -> Iterator[Row]:
    jobs = reading.ended(_LOOKED_AT if prefix else _NEWEST)
    yield from _rows(reading, _begun(jobs, prefix), "@failed")


def _begun(jobs: list[Job], prefix: str) -> list[Job]:
    """The first of those that begin with what stands there, or may be called by a name that does."""
    return [job for job in jobs if prefix.startswith("@") or job.id.startswith(prefix)][:_NEWEST]


def _rows(reading: Reading, jobs: Iterable[Job], *names: str) -> Iterator[Row]:
    now_ms = reading.now_ms()
    rows = [(job.id, _about(job, now_ms)) for job in jobs]
    yield from rows
    if rows:
        yield from ((name, "") for name in names)


def _about(job: Job, now_ms: int) -> str:
    """`backup-db running 12m`."""
    title = cut(one_line(title_of(job)), _MOST_TITLE)
    took = run_s(job, now_ms) if job.state is State.RUNNING else (now_ms - (job.ended_ms or job.enqueued_ms)) / 1000
    words = f"{title} {job.outcome or job.state} {duration(max(0.0, took or 0.0))}"
    return f"{words} ago" if job.ended else words


READERS: Final[Mapping[str, Callable[[Reading, str], Iterator[Row]]]] = {
    "queues": _queues,
    "workers": _workers,
    "hosts": _hosts,
    "jobs": _jobs,
    "active-jobs": _active_jobs,
    "ended-jobs": _ended_jobs,
}
