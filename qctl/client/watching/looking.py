"""One look at an instance: all that a screen wants, in few round trips."""

from __future__ import annotations

from itertools import islice

from qctl.client.asking import Client
from qctl.client.fleet import look_at_fleet
from qctl.client.following import Follower
from qctl.client.watching.snapshot import JobPage, JobSeen, Snapshot, Want
from qctl.clock import monotonic
from qctl.model.query import every
from qctl.model.query_scope import ACTIVE, Scope


class Looker:
    """Looks at one instance again and again."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def look(self, want: Want) -> Snapshot:
        """Read what is wanted. Raises QctlError."""
        client = self._client
        health = client.health()
        jobs = []
        if want.jobs:
            query = want.query or every([])
            search = client.search(query, bounds=Scope(standings=ACTIVE), most=1000, whole=want.query is None)
            jobs = list(islice(search.active(), want.first + want.rows))
        log = tuple(Follower(want.log, client.reading).read(client.job(want.log))) if want.log else ()
        return Snapshot(
            title=client.instance.title,
            taken=monotonic(),
            now_ms=health.now_ms,
            health=health,
            page=JobPage(jobs=tuple(jobs[want.first :]), first=want.first, total=len(jobs)),
            fleet=look_at_fleet(client, (*health.workers, *health.gone)) if want.schedules else None,
            job=JobSeen(job=client.job(want.job)) if want.job else None,
            log=log,
        )

    def close(self) -> None:
        self._client.close()
