"""What may be read: jobs, queues, workers, output, values. Bounded, in several round trips if need be; no SCAN."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nlargest
from typing import Any, Final

from qctl.errors import NoSuchJob, QctlError
from qctl.model.attempt import Value
from qctl.model.job import Job
from qctl.model.state import State
from qctl.store.command import Command, Word, script_call
from qctl.store.keys import Keys
from qctl.store.record import inline_value, read_fields, read_job_if_sound, read_value
from qctl.store.refusals import WrongType
from qctl.store.replies import pairs_of, text, texts
from qctl.store.store import Store
from qctl.store.verbs import script

#: How many jobs one script reads.
_BATCH: Final = 200
#: How many entries of a live stream are read at once.
LIVE_BATCH: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue as it stands."""

    name: str
    ready: int
    running: int
    scheduled: int  #: among the first 10,000 scheduled jobs of the namespace
    oldest_ms: int | None  #: when the job that is next was submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerInfo:
    """A worker as it stands. `about` is what it says of itself: see `engine.registration`."""

    id: str
    about: Mapping[str, Any]
    beat: int
    seen_ms: int  #: its last heartbeat, server time
    since_ms: int
    command: str
    condemned: bool
    running: Mapping[str, int] = field(default_factory=dict)  #: id -> fence

    @property
    def label(self) -> str:
        return str(self.about.get("label", self.id))

    def reads(self, queue: str) -> bool:
        """Say whether this worker takes jobs of a queue; one that names none takes those of every queue."""
        queues = self.about.get("queues") or [queue]
        return queue in queues and not self.about.get("only")


@dataclass(frozen=True, slots=True)
class LiveOutput:
    """One entry of a running attempt's stream: see `OutputReport`."""

    entry: str
    offset: int
    chunk: bytes


class Reading:
    """Reads of one namespace."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: Keys = store.keys

    def now_ms(self) -> int:
        """The server's time in ms since the epoch."""
        return self._store.do(Command(("TIME",), lambda reply: int(reply[0]) * 1000 + int(reply[1]) // 1000))

    def job(self, job_id: str) -> Job:
        """Read one job. Raises NoSuchJob."""
        found = self.jobs([job_id])
        if not found:
            raise NoSuchJob(id=job_id)
        return found[0]

    def jobs(self, ids: Sequence[str]) -> list[Job]:
        """Read jobs in the order of their ids; those that do not exist, or that nobody can read, are left out."""
        batches = [ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH)]
        found: list[Job] = []
        for batch, forms in zip(batches, self._store.do_all([self._forms(b) for b in batches]), strict=True):
            read = (read_job_if_sound(job, form) for job, form in zip(batch, forms, strict=True) if form)
            found += [job for job in read if job]
        labels = self._labels({job.owner for job in found if job.owner})
        return [_with_label(job, labels) for job in found]

    def value(self, job_id: str) -> Value | None:
        """Read the value that a job left, or None."""
        (forms, apart) = self._store.do_all([self._forms([job_id]), _plain(("GET", self._keys.value(job_id)), _same)])
        if apart:
            return read_value(apart)
        return inline_value(read_fields(forms[0])) if forms[0] else None

    def active(self, limit: int) -> list[Job]:
        """Jobs that have not ended: all that run, then up to `limit` of those queued and of those scheduled."""
        running = [job for worker in self.workers() for job in worker.running]
        commands = [_plain(("ZRANGE", self._keys.ready(q), 0, limit - 1), texts) for q in self.queue_names()]
        commands.append(_plain(("ZRANGE", self._keys.scheduled, 0, limit - 1), texts))
        *ready, scheduled = self._store.do_all(commands)
        queued = [job for ids in ready for job in ids][:limit]
        return [job for job in self.jobs(running + queued + scheduled) if job.state is not State.ENDED]

    def ended(
        self, limit: int, task: str | None = None, before_ms: int | None = None, unsuccessful: bool = False
    ) -> list[Job]:
        """Ended jobs, newest first: of one task, or of all by merging the tasks' indexes."""
        if unsuccessful:
            indexes = [self._keys.unsuccessful]
        elif task is not None:
            indexes = [self._keys.ended(task)]
        else:
            indexes = [self._keys.ended(name) for name in self._names(self._keys.tasks)]
        highest: Word = "+inf" if before_ms is None else f"({before_ms}"
        rows = self._store.do_all(
            [
                _plain(("ZRANGE", i, highest, "-inf", "BYSCORE", "REV", "LIMIT", 0, limit, "WITHSCORES"), _scored)
                for i in indexes
            ]
        )
        newest = nlargest(limit, (row for index in rows for row in index))
        found = self.jobs([job for _, job in newest])
        return [job for job in found if job.ended and (task is None or job.call.task == task)]

    def unsuccessful_since(self, since_ms: int) -> int:
        """How many jobs ended without success since an instant, of those that are kept."""
        count: int = self._store.do(_plain(("ZCOUNT", self._keys.unsuccessful, since_ms, "+inf"), int))
        return count

    def queue_names(self) -> list[str]:
        """The names of all queues that ever held a job."""
        return self._names(self._keys.queues)

    def queues(self) -> list[Queue]:
        """All queues, by name."""
        names = self.queue_names()
        owned = [job for worker in self.workers() for job in worker.running]
        waiting = self._store.do(_plain(("ZRANGE", self._keys.scheduled, 0, 9999), texts))
        commands: list[Command[Any]] = []
        for name in names:
            commands.append(_plain(("ZCARD", self._keys.ready(name)), int))
            commands.append(_plain(("ZRANGE", self._keys.ready(name), 0, 0), texts))
        answers = self._store.do_all(commands)
        heads = {name: ids[0] for name, ids in zip(names, answers[1::2], strict=True) if ids}
        facts = _queue_facts(self._store, [*owned, *waiting, *heads.values()])
        return [
            Queue(
                name=name,
                ready=ready,
                running=sum(facts.get(job, ("", 0))[0] == name for job in owned),
                scheduled=sum(facts.get(job, ("", 0))[0] == name for job in waiting),
                oldest_ms=facts.get(heads.get(name, ""), ("", None))[1],
            )
            for name, ready in zip(names, answers[::2], strict=True)
        ]

    def workers(self) -> list[WorkerInfo]:
        """All workers that are registered, dead ones that nobody reclaimed yet included."""
        ids = self._names(("ZRANGE", self._keys.workers, 0, 999))
        commands: list[Command[Any]] = []
        for worker in ids:
            commands.append(_plain(("HGETALL", self._keys.worker(worker)), _fields))
            commands.append(_plain(("HGETALL", self._keys.running(worker)), _fields))
        answers = self._store.do_all(commands)
        rows = zip(ids, answers[::2], answers[1::2], strict=True)
        return [_worker(worker, record, running) for worker, record, running in rows if record]

    def output(self, job_id: str, attempt: int, after: str = "-") -> tuple[bytes | None, list[LiveOutput]]:
        """An attempt's output: the packed form if the attempt ended, else LIVE_BATCH entries after an entry's id."""
        key = self._keys.log(job_id, attempt)
        start = after if after == "-" else f"({after}"
        live, packed = self._store.ask_all(
            [_plain(("XRANGE", key, start, "+", "COUNT", LIVE_BATCH), _entries), _plain(("GET", key), _same)]
        )
        # Asked for both, in this order: an attempt that ends in between is found packed, and never as neither.
        if isinstance(packed, WrongType) and isinstance(live, list):
            return None, live
        if isinstance(packed, QctlError):
            raise packed
        return packed, []

    def recent(self, limit: int = 10_000) -> list[str]:
        """The newest ids, newest first."""
        return self._store.do(_plain(("LRANGE", self._keys.recent, 0, limit - 1), texts))

    def exists(self, job_id: str) -> bool:
        """Say whether there is a job of exactly this id."""
        found: bool = self._store.do(_plain(("EXISTS", self._keys.job(job_id)), bool))
        return found

    def info(self) -> dict[str, str]:
        """Facts that the server tells of itself, by INFO's names."""
        said: str = self._store.do(_plain(("INFO",), text))
        return dict(line.split(":", 1) for line in said.splitlines() if ":" in line)

    def _forms(self, ids: Sequence[str]) -> Command[list[Any]]:
        words: list[Word] = [len(ids), *ids]
        return script_call(script("jobs"), (self._keys.door,), words, lambda reply: list(reply[1:]))

    def _names(self, source: str | tuple[Word, ...]) -> list[str]:
        words = ("SMEMBERS", source) if isinstance(source, str) else source
        return sorted(self._store.do(_plain(words, texts)))

    def _labels(self, workers: set[str]) -> dict[str, str]:
        ids = sorted(workers)
        abouts = self._store.do_all([_plain(("HGET", self._keys.worker(w), "about"), _same) for w in ids])
        return {w: json.loads(about).get("label", w) for w, about in zip(ids, abouts, strict=True) if about}


def _plain(words: tuple[Word, ...], read: Any) -> Command[Any]:
    return Command(words, read)


def _same(reply: Any) -> Any:
    return reply


def _fields(reply: Sequence[Any]) -> dict[str, Any]:
    return dict(pairs_of(reply))


def _scored(reply: Sequence[Any]) -> list[tuple[int, str]]:
    return [(int(float(score)), text(job)) for job, score in zip(reply[::2], reply[1::2], strict=True)]


def _entries(reply: Sequence[Any]) -> list[LiveOutput]:
    return [LiveOutput(text(entry), int(fields[1]), fields[3]) for entry, fields in reply]


def _worker(worker: str, record: Mapping[str, Any], running: Mapping[str, Any]) -> WorkerInfo:
    return WorkerInfo(
        id=worker,
        about=json.loads(record.get("about", b"{}")),
        beat=int(record.get("beat", 0)),
        seen_ms=int(record.get("seen", 0)),
        since_ms=int(record.get("since", 0)),
        command=text(record.get("command", b"")),
        condemned="condemned" in record,
        running={job: int(fence) for job, fence in running.items()},
    )


def _with_label(job: Job, labels: Mapping[str, str]) -> Job:
    return replace(job, worker=labels.get(job.owner, job.owner)) if job.owner else job


def _queue_facts(store: Store, ids: Iterable[str]) -> dict[str, tuple[str, int | None]]:
    """Queue and time of submit of jobs that live; those that have ended since they were found are left out."""
    wanted = list(dict.fromkeys(ids))
    rows = store.ask_all([_plain(("HMGET", store.keys.job(job), "q", "at"), _same) for job in wanted])
    facts: dict[str, tuple[str, int | None]] = {}
    for job, row in zip(wanted, rows, strict=True):
        if isinstance(row, QctlError) and not isinstance(row, WrongType):
            raise row
        if isinstance(row, list) and row[0]:
            facts[job] = text(row[0]), int(row[1])
    return facts
