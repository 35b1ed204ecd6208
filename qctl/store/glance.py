"""A glance at a namespace: who works, what stands where, how many jobs there are of each kind, whatever their number.

It takes one round trip as long as workers and queues stay the same: those of the last glance are asked for by name.
"""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.store.command import Command
from qctl.store.past import read_rows
from qctl.store.pauses import read_pauses, standing_pauses
from qctl.store.queues import asked_of_queues
from qctl.store.replies import fields, number_in, read_ms, texts
from qctl.store.worker_info import asked_of_workers, worker_if_sound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.store.asking import Asking
    from qctl.store.keys import Keys
    from qctl.store.past import Row
    from qctl.store.pauses import Pause
    from qctl.store.worker_info import WorkerInfo

_WORKERS: Final = 1000
_SCHEDULED: Final = 500  #: scheduled jobs that are told
_UNSUCCESSFUL: Final = 100  #: jobs that are told, of the last hour
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A queue, by how many jobs stand in it."""

    name: str
    ready: int
    parked: int
    head: str  #: the job that is next, or nothing
    rule: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What was seen. Times are server time in ms."""

    now_ms: int
    workers: tuple[WorkerInfo, ...]
    pauses: Mapping[str, Pause]  #: those that stand, by queue; `*` is that of all queues
    lines: tuple[Line, ...]
    workflows: int  #: that run
    scheduled: int
    waiting: int
    due: tuple[str, ...]  #: the first scheduled jobs
    schedules_version: int  #: another one whenever a schedule has changed
    unsuccessful: tuple[Row, ...]  #: the newest jobs of the last hour that did not succeed

    @property
    def owned(self) -> list[str]:
        """The jobs that workers run."""
        return [job for worker in self.workers for job in worker.running]

    @property
    def labels(self) -> dict[str, str]:
        """What workers are called, by their ids."""
        return {worker.id: worker.label for worker in self.workers}


class Glances:
    """Glances at one namespace, one after the other. What nobody can read is passed over."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._workers: dict[str, WorkerInfo | None] = {}
        self._lines: dict[str, Line] = {}
        self._now_ms = 0

    def ask(self) -> Asking[Glance]:
        """One more."""
        general = self._general()
        answers = yield [*general, *self._details(self._workers, self._lines)]
        self._take(self._workers, self._lines, answers[len(general) :])
        workers, queues, now_ms, pauses, workflows, scheduled, waiting, due, unsuccessful, version = answers[
            : len(general)
        ]
        workers, queues = workers or (), sorted(queues or ())
        new = [name for name in workers if name not in self._workers]
        new_queues = [name for name in queues if name not in self._lines]
        if new or new_queues:
            self._take(new, new_queues, (yield self._details(new, new_queues)))
        self._workers = {name: self._workers[name] for name in workers}
        self._lines = {name: self._lines[name] for name in queues}
        self._now_ms = now_ms
        return Glance(
            now_ms=now_ms,
            workers=tuple(worker for worker in self._workers.values() if worker is not None),
            pauses=standing_pauses(pauses or {}, now_ms),
            lines=tuple(self._lines.values()),
            workflows=workflows or 0,
            scheduled=scheduled or 0,
            waiting=waiting or 0,
            due=tuple(due or ()),
            schedules_version=version or 0,
            unsuccessful=tuple(row for row in unsuccessful or () if row[0] > now_ms - _HOUR_MS),
        )

    def _general(self) -> list[Command[Any]]:
        keys = self._keys
        since = self._now_ms - _HOUR_MS if self._now_ms else "-inf"
        newest = ("ZRANGE", keys.unsuccessful, "+inf", since, "BYSCORE", "REV", "LIMIT", 0, _UNSUCCESSFUL, "WITHSCORES")
        return [
            Command(("ZRANGE", keys.workers, 0, _WORKERS - 1), texts),
            Command(("SMEMBERS", keys.queues), texts),
            Command(("TIME",), read_ms),
            Command(("HGETALL", keys.paused), _pauses),
            Command(("ZCARD", keys.workflows), int),
            Command(("ZCARD", keys.scheduled), int),
            Command(("ZCARD", keys.waiting), int),
            Command(("ZRANGE", keys.scheduled, 0, _SCHEDULED - 1), texts),
            Command(newest, read_rows),
            Command(("GET", keys.schedules_version), number_in),
        ]

    def _details(self, workers: Iterable[str], queues: Iterable[str]) -> list[Command[Any]]:
        return [*asked_of_workers(self._keys, workers), *asked_of_queues(self._keys, queues)]

    def _take(self, workers: Iterable[str], queues: Iterable[str], answers: Sequence[Any]) -> None:
        """Keep the details of these, as they were asked for."""
        said = iter(answers)
        for worker in list(workers):
            self._workers[worker] = worker_if_sound(worker, next(said), next(said))
        for queue in list(queues):
            ready, head, parked, rule = (next(said) for _ in range(4))
            self._lines[queue] = Line(
                name=queue, ready=ready or 0, parked=parked or 0, head=head[0] if head else "", rule=rule or {}
            )


def _pauses(reply: Any) -> dict[str, Pause]:
    return read_pauses(fields(reply))
