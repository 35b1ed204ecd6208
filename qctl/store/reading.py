"""What may be read: jobs, queues, workers, output, values. Bounded, in several round trips if need be; no SCAN."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.errors import QctlError
from qctl.later import later
from qctl.model.names import any_name
from qctl.model.state import Outcome, State
from qctl.store.command import Command, script, script_call
from qctl.store.job_reading import JobReading
from qctl.store.refusals import WrongType
from qctl.store.replies import fields, said_in, same, text, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.model.around import Told
    from qctl.model.ending import Ending
    from qctl.model.job import Job
    from qctl.model.minute import failed_within
    from qctl.store.past import Past, read_endings
    from qctl.store.sampling import sample
else:
    Told = later("qctl.model.around", "Told")
    Past = later("qctl.store.past", "Past")
    read_endings = later("qctl.store.past", "read_endings")
    failed_within = later("qctl.model.minute", "failed_within")
    sample = later("qctl.store.sampling", "sample")

#: How many jobs one script reads.
_BATCH: Final = 200
#: How many entries of a live stream are read at once.
LIVE_BATCH: Final = 1000
#: How many jobs are told that one waits for, or that wait for it.
_RELATED: Final = 1000


@dataclass(frozen=True, slots=True)
class LiveOutput:
    """One entry of a running attempt's stream: see `OutputReport`."""

    entry: str
    offset: int
    chunk: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """What a job has to do with, beside itself."""

    told: list[Told]  #: who was told of it, as far as that is remembered
    awaited: list[str]  #: the jobs that it still waits for
    dependents: list[str]  #: the jobs that still wait for it, in the order in which they were asked for
    rule: Mapping[str, Any]  #: what its queue may at most


class Reading(JobReading):
    """Reads of one namespace."""

    def active(self, limit: int) -> list[Job]:
        """Jobs that have not ended: all that workers run, then up to `limit` each of the others by their states."""
        running = [job for worker in self.workers() for job in worker.running]
        commands = [Command(("ZRANGE", self._keys.ready(q), 0, limit - 1), texts) for q in self.queue_names()]
        commands += [
            Command(("ZRANGE", key, 0, limit - 1), texts) for key in (self._keys.scheduled, self._keys.waiting)
        ]
        commands.append(Command(("ZRANGE", self._keys.workflows, 0, limit - 1), texts))
        *ready, scheduled, waiting, workflows = self._store.do_all(commands)
        queued = [job for ids in ready for job in ids][:limit]
        queued += self.parked(limit)
        return [
            job for job in self.jobs(running + workflows + queued + scheduled + waiting) if job.state is not State.ENDED
        ]

    def past(
        self,
        of_task: Callable[[str], bool] = any_name,
        *,
        unsuccessful: bool = False,
        since_ms: int | None = None,
        until_ms: int | None = None,
        first: int = 0,
    ) -> Past:
        """Begin a walk through ended jobs: of the tasks that fit, from `since_ms` on and before `until_ms`.

        With `unsuccessful`, jobs of other tasks may be among them, or such as succeeded: whichever index is shorter.
        The `first` ones are read at once.
        """
        by_task = [self._keys.ended(name) for name in self._names(self._keys.tasks) if of_task(name)]
        ways = [[self._keys.unsuccessful], by_task] if unsuccessful and by_task else [by_task]
        walks = [Past(self._store, way, since_ms, until_ms) for way in ways]
        asked = [walk.beginning(0 if at else first) for at, walk in enumerate(walks)]  # the likeliest stands first
        answers = iter(self._store.do_all([command for commands in asked for command in commands]))
        for walk, commands in zip(walks, asked, strict=True):
            walk.begin([next(answers) for _ in commands])
        return min(walks, key=lambda walk: walk.total)

    def sample(self, most: int, since_ms: int | None = None) -> tuple[list[str], int]:
        """Up to `most` ended jobs, spread evenly over the time since an instant, and how many there are."""
        return sample(self._store, [self._keys.ended(task) for task in self._names(self._keys.tasks)], since_ms, most)

    def ended(
        self, limit: int, task: str | None = None, before_ms: int | None = None, unsuccessful: bool = False
    ) -> list[Job]:
        """Ended jobs, newest first: of one task, or of all by merging the tasks' indexes."""
        named = any_name if task is None else task.__eq__
        past = self.past(named, unsuccessful=unsuccessful, until_ms=before_ms, first=limit)
        found = [job for job in self.jobs(past.page(limit)) if job.ended and task in (None, job.call.task)]
        return [job for job in found if not (unsuccessful and job.outcome is Outcome.SUCCEEDED)]

    def endings(self, ids: Sequence[str]) -> list[Ending]:
        """How jobs ended, in the order of their ids; those that have not, or that nobody can read, are left out."""
        batches = [ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)]
        commands = [self._endings_of(batch) for batch in batches]
        return [ending for endings in self._store.do_all(commands) for ending in endings]

    def _endings_of(self, ids: Sequence[str]) -> Command[list[Ending]]:
        door = (self._keys.door,)
        return script_call(script("endings"), door, [len(ids), *ids], lambda reply: read_endings(ids, reply))

    def failures_since(self, since_ms: int, now_ms: int) -> int:
        """How many jobs have failed, run out of time or been lost since an instant, at most two days ago.

        One that runs again by hand has not, unless it fails again.
        """
        minutes = range(since_ms // 60_000, now_ms // 60_000 + 1)
        return failed_within(dict(zip(minutes, self.counts(minutes), strict=True)))

    def counts(self, minutes: Iterable[int]) -> list[dict[str, int]]:
        """How many jobs ended in each of these minutes since the epoch, by `outcome:task`."""
        return self._store.do_all([Command(("HGETALL", self._keys.stats(minute)), _counts) for minute in minutes])

    def ranks(self, jobs: Sequence[Job]) -> dict[str, int]:
        """By id, which in the order of its queue a queued job is, from 1."""
        commands = [Command(("ZRANK", self._keys.ready(job.queue), job.id), same) for job in jobs]
        ranks = self._store.do_all(commands)
        return {job.id: int(rank) + 1 for job, rank in zip(jobs, ranks, strict=True) if rank is not None}

    def output(self, job_id: str, attempt: int, after: str = "-") -> tuple[bytes | None, list[LiveOutput]]:
        """An attempt's output: the packed form if the attempt ended, else LIVE_BATCH entries after an entry's id."""
        key = self._keys.log(job_id, attempt)
        start = after if after == "-" else f"({after}"
        live, packed = self._store.ask_all(
            [Command(("XRANGE", key, start, "+", "COUNT", LIVE_BATCH), _entries), Command(("GET", key), same)]
        )
        # Asked for both, in this order: an attempt that ends in between is found packed, and never as neither.
        if isinstance(packed, WrongType) and isinstance(live, list):
            return None, live
        if isinstance(packed, QctlError):
            raise packed
        return packed, []

    def awaited(self, job_id: str) -> list[str]:
        """The jobs that a waiting job still waits for."""
        return sorted(self._store.do(self._awaited(job_id)))

    def dependents(self, job_id: str) -> list[str]:
        """The jobs that still wait for this one, in the order in which they were asked for."""
        return self._store.do(self._dependents(job_id))

    def skipped(self, ids: Sequence[str]) -> list[str]:
        """The jobs that were skipped because one of these did not succeed; of each the last 100."""
        commands = [Command(("LRANGE", self._keys.skipped(one), 0, -1), texts) for one in ids]
        return [job for found in self._store.do_all(commands) for job in found]

    def told(self, job_id: str) -> list[Told]:
        """Who was told of a job, as far as it is remembered."""
        return self._store.do(self._told(job_id))

    def relations(self, jobs: Sequence[Job]) -> list[Relations]:
        """What jobs have to do with, in their order and in one round trip."""
        answers = iter(self._store.do_all([command for job in jobs for command in self._related(job)]))
        return [
            Relations(told=told, awaited=sorted(awaited), dependents=dependents, rule=may)
            for told, awaited, dependents, may in zip(*[answers] * 4, strict=True)
        ]

    def _related(self, job: Job) -> list[Command[Any]]:
        rule = Command(("HGET", self._keys.rules, f"queue:{job.queue.partition('@')[0]}"), said_in)
        return [self._told(job.id), self._awaited(job.id), self._dependents(job.id), rule]

    def _awaited(self, job_id: str) -> Command[list[str]]:
        return Command(("SRANDMEMBER", self._keys.remaining(job_id), _RELATED), texts)

    def _dependents(self, job_id: str) -> Command[list[str]]:
        return Command(("ZRANGE", self._keys.dependents(job_id), 0, _RELATED - 1), texts)

    def _told(self, job_id: str) -> Command[list[Told]]:
        return Command(("LRANGE", self._keys.notified(job_id), 0, -1), _tellings)

    def recent(self, limit: int = 10_000) -> list[str]:
        """The newest ids, newest first."""
        return self._store.do(Command(("LRANGE", self._keys.recent, 0, limit - 1), texts))


def _entries(reply: Sequence[Any]) -> list[LiveOutput]:
    return [LiveOutput(text(entry), int(fields[1]), fields[3]) for entry, fields in reply]


def _counts(reply: Sequence[Any]) -> dict[str, int]:
    """Counts by name; what is no number somebody wrote by hand."""
    if not reply:  # of most minutes of a day nothing is told
        return {}
    return {name: int(number) for name, number in fields(reply).items() if number.isdigit()}


def _tellings(reply: Sequence[Any]) -> list[Told]:
    return [told for told in map(_told, texts(reply)) if told]


def _told(row: str) -> Told | None:
    """None for what somebody wrote by hand."""
    match row.split(" "):
        case [at_ms, occasion, name, by] if at_ms.isdecimal():
            return Told(int(at_ms), occasion, name, by)
    return None
