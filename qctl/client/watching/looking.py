"""One look at an instance: all that a screen wants, and what hardly changes not at every look."""

from __future__ import annotations

from datetime import UTC
from itertools import islice

from qctl.classes import replace
from qctl.client.figures import read_endings
from qctl.client.fleet import look_at_fleet
from qctl.client.watching.beside import Titles, see_beside
from qctl.client.watching.dues import Dues
from qctl.client.watching.events import Events
from qctl.client.watching.found import SORTS, Found
from qctl.client.watching.jobs import Pages
from qctl.client.watching.kept import Kept
from qctl.client.watching.minutes import Minutes
from qctl.client.watching.one import OneJob
from qctl.client.watching.output import Tail
from qctl.client.watching.snapshot import JobPage, Snapshot
from qctl.client.watching.speakers import Speakers
from qctl.client.watching.vitals import Vitals
from qctl.clock import monotonic
from qctl.model.error_groups import group_errors
from qctl.model.query_scope import Scope
from qctl.model.state import FAILURES
from qctl.store.asking import alongside, carry_out
from qctl.store.glance import Glances
from qctl.store.queue_facts import QueueFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final

    from qctl.client.asking import Client
    from qctl.client.fleet import Fleet
    from qctl.client.following import LogPiece
    from qctl.client.health import Health
    from qctl.client.watching.snapshot import JobSeen, Want
    from qctl.model.error_groups import ErrorGroup
    from qctl.model.job import Job
    from qctl.store import Queue
    from qctl.store.asking import Asking
    from qctl.store.glance import Glance

_DAY_MS: Final = 86_400_000
_SCHEDULES_S: Final = 5.0
_ERRORS_S: Final = 10.0
_ERRORS: Final = 1000  #: failed jobs that are grouped


class Looker:
    """Looks at one instance again and again."""

    def __init__(self, client: Client, zone: tzinfo = UTC) -> None:
        self._client, self._zone = client, zone
        reading, keys = client.reading, client.store.keys
        self._glances, self._facts = Glances(keys), QueueFacts(keys)
        self._vitals, self._minutes = Vitals(reading), Minutes(reading)
        self._pages, self._found = Pages(client.store), Found(client, zone)
        self._one, self._events = OneJob(client), Events(client.happening)
        self._tail, self._speakers = Tail(reading), Speakers(reading)
        self._dues, self._titles = Dues(), Titles(client)
        self._fleet: Kept[Fleet] = Kept(_SCHEDULES_S)
        self._errors: Kept[tuple[ErrorGroup, ...]] = Kept(_ERRORS_S)

    def look(self, want: Want) -> Snapshot:
        """Read what is wanted. A job that is gone is told as gone, and no error. Raises QctlError."""
        glance: Glance = carry_out(self._client.store, self._glances.ask())
        now_ms = glance.now_ms
        queues, page = self._queues_and_jobs(want, glance)
        rates = self._minutes.read(now_ms) if want.rates else None
        health = self._vitals.of(glance, queues, self._minutes.failed_last_day)
        fleet = self._fleet.get(lambda: self._schedules(health), glance.schedules_version) if want.schedules else None
        seen = self._one.see(want.job, health) if want.job else None
        events = self._events.read() if want.events else ()
        return Snapshot(
            title=self._client.instance.title,
            taken=monotonic(),
            now_ms=now_ms,
            health=health,
            rates=rates,
            page=replace(page, words=want.words),
            fleet=fleet,
            next_ms=self._dues.of(fleet.schedules, now_ms) if fleet is not None else {},
            errors=self._errors.get(lambda: self._grouped(want, now_ms), want.failures) if want.errors else (),
            errors_sought=want.failures_words,
            events=events,
            titles=self._titles.of(events) if events else {},
            beside=see_beside(self._client, want.subject, health, events) if want.subject is not None else None,
            job=seen,
            gone=bool(want.job) and seen is None,
            log=self._output(want, _known(want.log, page, seen), glance),
            log_dropped=self._tail.dropped,
            log_names=self._speakers.names,
        )

    def close(self) -> None:
        self._client.close()

    def _output(self, want: Want, known: Job | None, glance: Glance) -> tuple[LogPiece, ...]:
        """The newest output of the job whose output is wanted; none of one that is gone."""
        if not want.log:
            return ()
        found = [known] if known is not None else self._client.reading.jobs([want.log])
        return self._tail.read(want.log, want.log_lines, self._speakers.of(found[0], glance.owned)) if found else ()

    def _queues_and_jobs(self, want: Want, glance: Glance) -> tuple[tuple[Queue, ...], JobPage]:
        """What is asked about queues, and a page of jobs unless it takes a search, go side by side."""
        sought = want.query is not None or want.sort in SORTS
        page = _no_page() if sought or not want.jobs else self._pages.ask(glance, want)
        queues, jobs = carry_out(self._client.store, alongside(self._facts.ask(glance), page))
        return queues, self._found.read(want, glance) if sought and want.jobs else jobs

    def _schedules(self, health: Health) -> Fleet:
        return look_at_fleet(self._client, (*health.workers, *health.gone))

    def _grouped(self, want: Want, now_ms: int) -> tuple[ErrorGroup, ...]:
        if want.failures is not None:
            bounds = Scope(standings=frozenset(FAILURES), since_ms=now_ms - _DAY_MS)
            found = islice(self._client.search(want.failures, self._zone, bounds).ended(), _ERRORS)
            return tuple(group_errors(self._client.reading.endings([job.id for job in found])))
        endings, _ = read_endings(self._client.reading, now_ms - _DAY_MS, _ERRORS, unsuccessful=True)
        return tuple(group_errors(endings))


def _no_page() -> Asking[JobPage]:
    yield []
    return JobPage(unread=True)


def _known(job_id: str, page: JobPage, seen: JobSeen | None) -> Job | None:
    """A job, if this look has read it by now."""
    read = page.jobs if seen is None else (seen.job, *page.jobs)
    return next((job for job in read if job.id == job_id), None)
