"""What is told of the row under the cursor, where that is no job; and what jobs are called that events name."""

from __future__ import annotations

from qctl.client.watching.snapshot import Beside, Kind
from qctl.model.job_words import title_of
from qctl.store import ScheduleReading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.health import Health
    from qctl.client.watching.snapshot import Subject
    from qctl.model.event import Event
    from qctl.model.job import Job

_MOST: Final = 20  #: jobs, or occurrences: more has no room on any screen
_NAMED: Final = 1000  #: titles of jobs that are remembered


def see_beside(client: Client, subject: Subject, health: Health, events: Iterable[Event] = ()) -> Beside:
    """What the subject has at hand; nothing if it is gone. Raises QctlError."""
    if subject.kind is Kind.SCHEDULE:
        ledger = ScheduleReading(client.store).ledger(subject.key, _MOST)
        runs = [row.job for row in ledger if row.job]
        return Beside(subject=subject, ledger=tuple(ledger), jobs=_jobs(client, runs))
    if subject.kind is Kind.QUEUE:
        return Beside(subject=subject, jobs=_jobs(client, client.reading.ready(subject.key, _MOST)))
    if subject.kind is Kind.EVENT:
        named = next((event.jobs for event in events if event.id == subject.key), ())
        return Beside(subject=subject, jobs=_jobs(client, named[:_MOST]))
    known = (*health.workers, *health.gone)
    running = next((sorted(worker.running) for worker in known if worker.id == subject.key), [])
    return Beside(subject=subject, jobs=_jobs(client, running[:_MOST]))


def _jobs(client: Client, ids: Sequence[str]) -> tuple[Job, ...]:
    return tuple(client.reading.jobs(list(dict.fromkeys(ids)))) if ids else ()


class Titles:
    """Remembers what jobs are called, which never changes: of each event, its first job."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    def of(self, events: Iterable[Event]) -> Mapping[str, str]:
        """By id; of jobs that are gone, an empty title. Raises QctlError."""
        wanted = dict.fromkeys(event.jobs[0] for event in events if event.jobs)
        unknown = [job for job in wanted if job not in self._known]
        if unknown:
            found = {job.id: title_of(job) for job in self._client.reading.jobs(unknown)}
            kept = dict(list(self._known.items())[-_NAMED:])
            self._known = kept | {job: found.get(job, "") for job in unknown}
        return {job: self._known.get(job, "") for job in wanted}
