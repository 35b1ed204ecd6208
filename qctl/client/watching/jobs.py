"""The page of jobs that is shown without a query: what has not ended, as it is claimed, then the newest failures."""

from __future__ import annotations

from qctl.client.watching.snapshot import JobPage
from qctl.clock import monotonic
from qctl.model.call import Kind
from qctl.model.state import FAILURES
from qctl.model.workflow.node_names import parts_of
from qctl.store.asking import alongside
from qctl.store.job_reading import sound_jobs
from qctl.store.window import Windows
from qctl.store.workflow_counting import progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching.snapshot import Want
    from qctl.model.job import Job
    from qctl.model.workflow.standing import Progress
    from qctl.store import Store
    from qctl.store.asking import Asking
    from qctl.store.glance import Glance
    from qctl.store.past import Row

_FAILED: Final = 10  #: that have failed lately and stand below those that have not ended
_LOOKED_AT: Final = 50  #: jobs that did not succeed, among which these are looked for
_S_PER_NODE: Final = 0.0005  #: seconds for which the count of a workflow stands, for each of its jobs


class Pages:
    """Reads pages, one after the other."""

    def __init__(self, store: Store) -> None:
        self._keys = store.keys
        self._windows = Windows(store.keys)
        self._failures = Failures(store)
        self._counts = Counts(store)

    def ask(self, glance: Glance, want: Want) -> Asking[JobPage]:
        """The jobs that are wanted."""
        first, rows = want.first, want.rows
        asked_for = self._windows.ask(glance, first, rows, full=want.full)
        window, failed = yield from alongside(asked_for, self._failures.ask(glance))
        asked = alongside(sound_jobs(self._keys, window.ids, glance.labels), self._counts.ask(window.ids, window.flows))
        found, counted = yield from asked
        jobs = [job for job in found if not job.ended]
        self._counts.learn(jobs)
        total = window.total + (0 if window.cut else len(failed))
        first = want.begin(total)
        behind = [] if window.cut else failed[max(0, first - window.total) :]
        jobs = [*jobs[first - window.first :], *behind]
        return JobPage(
            jobs=tuple(jobs[:rows]),
            first=first,
            total=total,
            cut=window.cut,
            bounded=window.cut,
            counted=counted,
            places=window.places,
        )


class Failures:
    """The newest failures of the last hour. Each is read once, and again when it has failed at another time since."""

    def __init__(self, store: Store) -> None:
        self._keys = store.keys
        self._among: list[Row] = []
        self._found: list[Job] = []

    def ask(self, glance: Glance) -> Asking[list[Job]]:
        """Those that there were at a glance."""
        among = [row for row in glance.unsuccessful if not parts_of(row[1])][:_LOOKED_AT]
        if among != self._among:
            jobs = yield from sound_jobs(self._keys, [job for _, job in among], glance.labels)
            self._among, self._found = among, [job for job in jobs if job.outcome in FAILURES][:_FAILED]
        return self._found


class Counts:
    """How far workflows are. A large one is not counted at each look."""

    def __init__(self, store: Store) -> None:
        self._keys = store.keys
        self._known: dict[str, tuple[Progress, float]] = {}  #: and until when it stands, in monotonic time
        self._flows: frozenset[str] = frozenset()

    def ask(self, ids: tuple[str, ...], flows: frozenset[str]) -> Asking[dict[str, Progress]]:
        """Of these jobs, `flows` among them and those that were learnt to be workflows."""
        wanted = [job for job in ids if job in flows or job in self._flows]
        now = monotonic()
        old = [job for job in wanted if job not in self._known or self._known[job][1] <= now]
        told = yield from progress(self._keys, old)
        self._known |= {job: (one, now + one.total * _S_PER_NODE) for job, one in told.items()}
        self._known = {job: self._known[job] for job in wanted if job in self._known}
        return {job: one for job, (one, _) in self._known.items()}

    def learn(self, jobs: list[Job]) -> None:
        """Which jobs are workflows that have not begun: it shows by their records alone."""
        self._flows = frozenset(job.id for job in jobs if job.call.kind is Kind.WORKFLOW)
