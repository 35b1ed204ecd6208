"""One look at an instance: all that a screen wants, and what hardly changes not at every look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Final, Generic, TypeVar

from qctl.client.asking import Client, Health
from qctl.client.figures import read_endings
from qctl.client.fleet import Fleet, look_at_fleet
from qctl.client.watching.beside import Titles, see_beside
from qctl.client.watching.dues import Dues
from qctl.client.watching.jobs import Pages
from qctl.client.watching.minutes import Minutes
from qctl.client.watching.one import see_job
from qctl.client.watching.output import Tail
from qctl.client.watching.snapshot import Snapshot, Want
from qctl.client.watching.vitals import Vitals
from qctl.clock import monotonic
from qctl.model.error_groups import ErrorGroup, group_errors

T = TypeVar("T")

_DAY_MS: Final = 86_400_000
_SCHEDULES_S: Final = 5.0
_ERRORS_S: Final = 10.0
_ERRORS: Final = 1000  #: failed jobs that are grouped
_EVENTS: Final = 200


class Kept(Generic[T]):
    """Something that is read again when so many seconds have passed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._found: T | None = None
        self._until = 0.0

    def get(self, read: Callable[[], T]) -> T:
        if self._found is None or monotonic() >= self._until:
            self._found, self._until = read(), monotonic() + self._seconds
        return self._found


class Looker:
    """Looks at one instance again and again."""

    def __init__(self, client: Client, zone: tzinfo = UTC) -> None:
        self._client = client
        self._vitals, self._minutes = Vitals(client), Minutes(client.reading)
        self._pages, self._tail = Pages(client, zone), Tail(client.reading)
        self._dues, self._titles = Dues(), Titles(client)
        self._fleet: Kept[Fleet] = Kept(_SCHEDULES_S)
        self._errors: Kept[list[ErrorGroup]] = Kept(_ERRORS_S)

    def look(self, want: Want) -> Snapshot:
        """Read what is wanted. A job that is gone is told as gone, and no error. Raises QctlError."""
        client = self._client
        if want.rates:
            self._minutes.read(client.reading.now_ms())
        health = self._vitals.read(self._minutes.failed_last_day)
        now_ms = health.now_ms
        fleet = self._fleet.get(lambda: self._schedules(health)) if want.schedules else None
        seen = see_job(client, want.job, now_ms) if want.job else None
        events = tuple(client.happening.newest(_EVENTS)) if want.events else ()
        return Snapshot(
            title=client.instance.title,
            taken=monotonic(),
            now_ms=now_ms,
            health=health,
            rates=self._minutes.rates(now_ms, health.queues) if want.rates else None,
            page=self._pages.read(want, now_ms),
            fleet=fleet,
            next_ms=self._dues.of(fleet.schedules, now_ms) if fleet is not None else {},
            errors=tuple(self._errors.get(lambda: self._grouped(now_ms))) if want.errors else (),
            events=events,
            titles=self._titles.of(events) if events else {},
            beside=see_beside(client, want.subject, health, events) if want.subject is not None else None,
            job=seen,
            gone=bool(want.job) and seen is None,
            log=self._tail.read(want.log, want.log_lines),
            log_dropped=self._tail.dropped,
        )

    def close(self) -> None:
        self._client.close()

    def _schedules(self, health: Health) -> Fleet:
        return look_at_fleet(self._client, (*health.workers, *health.gone))

    def _grouped(self, now_ms: int) -> list[ErrorGroup]:
        endings, _ = read_endings(self._client.reading, now_ms - _DAY_MS, _ERRORS, unsuccessful=True)
        return group_errors(endings)
