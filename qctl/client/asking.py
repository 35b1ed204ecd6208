"""The client: what one may ask of an instance of qctl, by name and by id."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.client.putting import Submitter
from qctl.clock import monotonic, pause
from qctl.dates import UTC
from qctl.errors import NotFound
from qctl.later import cached_property, later
from qctl.model.names import new_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo
    from typing import Final, TypeVar

    from qctl.client.following import Follower, LogPiece, follow
    from qctl.client.happening import Happening
    from qctl.client.health import Health, health_of
    from qctl.client.naming import resolve
    from qctl.client.pinging import ping
    from qctl.client.queueing import Queueing
    from qctl.client.searching import Search
    from qctl.client.untaken import given_up
    from qctl.client.waiting import Ear, observe, watch
    from qctl.config import Config
    from qctl.errors import WaitTimeout
    from qctl.model.around import Surroundings
    from qctl.model.attempt import Value
    from qctl.model.job import Job
    from qctl.model.query_scope import Scope
    from qctl.model.query_tree import Query
    from qctl.model.suggest import did_you_mean
    from qctl.store import Store, WorkerInfo
    from qctl.store.inspecting import Inspection
    from qctl.store.reading import Relations

    T = TypeVar("T")
else:
    Ear, observe, watch = (later("qctl.client.waiting", name) for name in ("Ear", "observe", "watch"))
    Follower, follow = (later("qctl.client.following", name) for name in ("Follower", "follow"))
    Happening = later("qctl.client.happening", "Happening")
    Inspection = later("qctl.store.inspecting", "Inspection")
    Queueing = later("qctl.client.queueing", "Queueing")
    Search = later("qctl.client.searching", "Search")
    did_you_mean = later("qctl.model.suggest", "did_you_mean")
    given_up = later("qctl.client.untaken", "given_up")
    health_of = later("qctl.client.health", "health_of")
    ping = later("qctl.client.pinging", "ping")
    resolve = later("qctl.client.naming", "resolve")

_ENDLESS: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Instance:
    """Which qctl one is looking at."""

    shown: str  #: its Redis, without a password
    url: str
    namespace: str
    embedded: bool

    @property
    def title(self) -> str:
        """How a listing names it."""
        space = "" if self.namespace == "qctl" else f" namespace {self.namespace}"
        return f"{self.shown}{' (embedded)' if self.embedded else ''}{space}"


class Client(Submitter):
    """One instance, as seen with one configuration: `reading` tells of jobs, `inspection` of the server."""

    def __init__(
        self,
        store: Store,
        config: Config,
        instance: Instance,
        recover: Callable[[], None] = lambda: None,
        draw_id: Callable[[], str] = new_id,
    ) -> None:
        super().__init__(store, config, draw_id)
        self.instance = instance
        self._recover = recover

    @cached_property
    def queueing(self) -> Queueing:
        """What one may do with whole queues."""
        return Queueing(self._store)

    @cached_property
    def happening(self) -> Happening:
        """What has happened, as a stream."""
        return Happening(self._store)

    @cached_property
    def inspection(self) -> Inspection:
        """What the server says of itself, and how large and how stuck the namespace is."""
        return Inspection(self._store)

    @property
    def knows_every_task(self) -> bool:
        """Whether a task that the configuration does not name is a slip, to be refused at the submit.

        To a shared server one may send from a machine that has no file.
        """
        return self.instance.embedded or bool(self.config.file)

    def resolve(self, said: str) -> str:
        """The id that is meant by an id, its first characters, `@last`, `@last:TASK` or `@failed`."""
        return resolve(said, self.reading)

    def search(
        self,
        query: Query,
        zone: tzinfo = UTC,
        bounds: Scope | None = None,
        most: int | None = None,
        *,
        whole: bool = False,
    ) -> Search:
        """Begin a search for the jobs that a query means, in these bounds, that reads `most` jobs at most, else MOST.

        `whole`: workflows alone, and not the jobs that they are made of.
        """
        return Search(self.reading, query, zone, bounds, most, whole=whole)

    def job(self, job_id: str) -> Job:
        """Read a job. Raises NoSuchJob."""
        return self.reading.job(job_id)

    def jobs(self, ids: Sequence[str]) -> list[Job]:
        """Read jobs, all of them, in the order of their ids. Raises NoSuchJob."""
        return self.reading.each(ids)

    def value(self, job_id: str) -> Value | None:
        """Read the value that a job left."""
        return self.reading.value(job_id)

    def health(self) -> Health:
        """How the instance is: workers, queues, failures of the last day, memory."""
        return health_of(self.reading)

    def watch(self, ids: Sequence[str], look: float = 1.0, deadline: float = _ENDLESS) -> Iterator[list[Job]]:
        """Yield jobs as they are now, and again whenever one may have changed; at least every `look` seconds.

        Also at the `deadline`, in monotonic time; a Redis that is away is waited for no longer than that.
        """
        ear = Ear(self._store.transport, self._store.keys)
        try:
            yield from watch(ids, self.reading, ear, pause, self._recover, look, deadline)
        finally:
            ear.close()

    def observe(
        self, look_at: Callable[[], T], ids: Sequence[str], look: float = 1.0, deadline: float = _ENDLESS
    ) -> Iterator[T]:
        """Yield what is looked at, and again whenever one of the jobs has ended; as often, and as patient, as `watch`.

        Raises what looking raises, and LostWhileWaiting.
        """
        ear = Ear(self._store.transport, self._store.keys)
        try:
            yield from observe(look_at, ids, ear, pause, self._recover, look, deadline)
        finally:
            ear.close()

    def wait(self, ids: Sequence[str], timeout: float | None = None, *, any_one: bool = False) -> list[Job]:
        """Wait until all jobs (or any one) have ended, and answer them.

        Raises WaitTimeout after `timeout` seconds, NoSuchJob, LostWhileWaiting.
        """
        deadline = _ENDLESS if timeout is None else monotonic() + timeout
        for jobs in self.watch(ids, deadline=deadline):
            ended = [job.ended for job in jobs]
            if all(ended) or (any_one and any(ended)):
                return jobs
            if monotonic() >= deadline:
                raise self.given_up(" ".join(ids), f"{round(timeout or 0, 2):g}s", jobs)
        raise AssertionError("watch never ends")

    def given_up(self, what: str, seconds: str, jobs: Sequence[Job]) -> WaitTimeout:
        """The error of who has waited for `what` for so long; `jobs` of it, as they are now, tell what is missing."""
        return given_up(self, what, seconds, jobs)

    def beside(self, jobs: Sequence[Job]) -> list[tuple[Relations, Surroundings | None]]:
        """What reports tell of jobs beside them, in one round trip; surroundings only of those that have ended."""
        ask = self._store.verbs.surroundings
        known = [self._store.along(ask([job.id])) if job.ended else None for job in jobs]
        related = self.reading.relations(jobs)
        return [(one, None if along is None else along.take()[0]) for one, along in zip(related, known, strict=True)]

    def logs(self, job_id: str) -> list[LogPiece]:
        """A job's output as far as there is any. Raises NoSuchJob."""
        return list(Follower(job_id, self.reading).read(self.job(job_id)))

    def follow(self, job_id: str) -> Iterator[LogPiece]:
        """A job's output as it comes, until the job has ended. Raises NoSuchJob."""
        return follow(job_id, self.reading, pause)

    def ping(self, workers: Sequence[WorkerInfo], timeout: float) -> dict[str, float]:
        """By id, after how many seconds a worker answered; those that did not are left out."""
        return ping(self._store, workers, self.reading.workers, timeout)

    def command_worker(self, name: str, command: str) -> list[WorkerInfo]:
        """Tell workers of this id or label to `drain`, `resume`, `stop` or `stop-now`; answers them.

        Raises NotFound if there is none.
        """
        workers = self.reading.workers()
        chosen = [w for w in workers if name in (w.id, w.label)]
        if not chosen:
            meant = did_you_mean(name, [w.label for w in workers])
            raise NotFound(f"no worker {name}{meant}", help="qctl worker list")
        self.command_workers(chosen, command)
        return chosen

    def command_workers(self, workers: Sequence[WorkerInfo], command: str) -> None:
        """Tell these workers the same."""
        self._store.do_all([self._store.verbs.command_worker(w.id, command) for w in workers])
