"""Reads of an instance as a whole: its queues, their limits and pauses, its workers, its server."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.errors import NotPermitted
from qctl.later import later
from qctl.model.names import any_name
from qctl.model.state import State
from qctl.store.command import Command
from qctl.store.pauses import read_pauses, standing_pauses
from qctl.store.replies import fields, read_ms, said_in, same, text, texts
from qctl.store.worker_info import asked_of_workers, worker_if_sound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence
    from typing import Any, Final

    from qctl.store.command import Word
    from qctl.store.keys import Keys
    from qctl.store.pauses import Pause
    from qctl.store.present import Ordered, Part, Present, Unordered
    from qctl.store.queues import Counted, Queue, asked_of_queues, facts_of
    from qctl.store.sampling import index_sample
    from qctl.store.store import Store
    from qctl.store.worker_info import WorkerInfo
else:
    Counted, asked_of_queues, facts_of = (
        later("qctl.store.queues", name) for name in ("Counted", "asked_of_queues", "facts_of")
    )
    Ordered, Present, Unordered = (later("qctl.store.present", name) for name in ("Ordered", "Present", "Unordered"))
    index_sample = later("qctl.store.sampling", "index_sample")

_MOST_WORKERS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance as it stands."""

    now_ms: int  #: server time
    workers: tuple[WorkerInfo, ...]  #: all that are registered, dead ones that nobody reclaimed yet included
    queues: tuple[Queue, ...]  #: by name
    pauses: Mapping[str, Pause]  #: those that stand, by queue; `*` is that of all queues


class InstanceReading:
    """Reads of one namespace that are about no single job."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: Keys = store.keys
        self._all_workers = ("ZRANGE", store.keys.workers, 0, _MOST_WORKERS - 1)

    def now_ms(self) -> int:
        """The server's time in ms since the epoch."""
        return self._store.do(Command(("TIME",), read_ms))

    def queue_names(self) -> list[str]:
        """The names of all queues that hold a job, or did not long ago."""
        return self._names(self._keys.queues)

    def queues(self, only: Sequence[str] | None = None, most_scheduled: int = 1000) -> list[Queue]:
        """All queues, or these, by name. Where scheduled jobs go is read of so many; the others are taken as alike."""
        return list(self.whole(only, most_scheduled).queues)

    def workers(self) -> list[WorkerInfo]:
        """All workers that are registered, dead ones that nobody reclaimed yet included."""
        ids = self._names(self._all_workers)
        return read_workers(ids, self._store.do_all(asked_of_workers(self._keys, ids)))

    def workers_now(self) -> tuple[int, list[WorkerInfo]]:
        """The server's time, and the workers as `workers` tells them."""
        now = self._store.along(Command(("TIME",), read_ms))
        workers = self.workers()
        return now.take(), workers

    def whole(self, only: Sequence[str] | None = None, most_scheduled: int = 1000) -> Instance:
        """Workers and queues as `workers` and `queues` tell them, in three round trips."""
        keys = self._keys
        now, orders, total, ids, names = self._store.do_all(
            [
                Command(("TIME",), read_ms),
                Command(("HGETALL", keys.paused), fields),
                Command(("ZCARD", keys.scheduled), int),
                Command(self._all_workers, texts),
                Command(("SMEMBERS", keys.queues), texts),
            ]
        )
        ids, names = sorted(ids), sorted(names if only is None else only)
        sample = index_sample(keys.scheduled, total, most_scheduled)
        parts = asked_of_workers(keys, ids), asked_of_queues(keys, names), sample
        answers = iter(self._store.do_all([command for part in parts for command in part]))
        records, lines, sampled = ([next(answers) for _ in part] for part in parts)
        workers, pauses = read_workers(ids, records), standing_pauses(read_pauses(orders), now)
        scheduled = [job for jobs in sampled for job in jobs]
        owned = [job for worker in workers for job in worker.running]
        heads = [line[0] for line in lines[1::4] if line]
        facts = facts_of(self._store, [*owned, *scheduled, *heads])
        counted = Counted(facts, owned, scheduled, total)
        queues = tuple(
            counted.queue(name, lines[at * 4 : at * 4 + 4], pauses.get(name)) for at, name in enumerate(names)
        )
        return Instance(now_ms=now, workers=tuple(workers), queues=queues, pauses=pauses)

    def parked(self, limit: int, queue: str | None = None) -> list[str]:
        """Up to `limit` ids that limits hold back: in one queue, or of each."""
        names = self.queue_names() if queue is None else [queue]
        commands = [Command(("SRANDMEMBER", self._keys.parked_in(name), limit), texts) for name in names]
        return [job for ids in self._store.do_all(commands) for job in ids][:limit]

    def ready(self, queue: str, limit: int, after: int = 0) -> list[str]:
        """Up to `limit` ids of a queue in the order in which they are claimed, without the first `after`."""
        return self._store.do(Command(("ZRANGE", self._keys.ready(queue), after, after + limit - 1), texts))

    def present(
        self, states: Container[str], most: int, first: int, of_queue: Callable[[str], bool] = any_name
    ) -> Present:
        """Begin a walk through jobs in these states, running ones first, with up to `most` of each kind.

        Of each the `first` ones are read at once. Only of `queued` ones the queue is looked at. A workflow runs as long
        as its nodes do.
        """
        keys = self._keys
        queues = self._store.along(Command(("SMEMBERS", keys.queues), texts)) if State.QUEUED in states else None
        running = [job for worker in self.workers() for job in worker.running] if State.RUNNING in states else []
        names = [name for name in sorted(queues.take()) if of_queue(name)] if queues is not None else []
        parts: list[Part] = []
        counts: list[Command[Any]] = []
        for name in names:
            parts += Ordered(keys.ready(name), most), Unordered(keys.parked_in(name), most)
            counts.append(Command(("ZCARD", keys.ready(name)), int))
            counts.append(Command(("SCARD", keys.parked_in(name)), int))
        indexes = {State.RUNNING: keys.workflows, State.SCHEDULED: keys.scheduled, State.WAITING: keys.waiting}
        for key in (key for state, key in indexes.items() if state in states):
            parts.append(Ordered(key, most))
            counts.append(Command(("ZCARD", key), int))
        answers = self._store.do_all([*counts, *(part.ask(first) for part in parts)])
        totals, rows = answers[: len(counts)], answers[len(counts) :]
        for part, answer in zip(parts, rows, strict=True):
            part.take(answer)
        cut = any(total > most for total in totals)
        return Present(self._store, running, parts, len(running) + sum(totals), cut=cut)

    def pauses(self) -> dict[str, Pause]:
        """The pauses that stand, by queue; `*` is that of all queues."""
        orders, now = self._store.do_all([Command(("HGETALL", self._keys.paused), fields), Command(("TIME",), read_ms)])
        return standing_pauses(read_pauses(orders), now)

    def catalogs(self, digests: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """What workers can run, by the digest that stands in `about`: tasks by name, see `config.catalog`."""
        wanted = sorted(set(digests))
        found = self._store.do_all([Command(("GET", self._keys.catalog(digest)), same) for digest in wanted])
        return {digest: said_in(text) for digest, text in zip(wanted, found, strict=True) if text}

    def info(self) -> dict[str, str]:
        """Facts that the server tells of itself, by INFO's names; none to a user who may not ask."""
        return self.info_along()()

    def info_along(self) -> Callable[[], dict[str, str]]:
        """Let what `info` answers be asked for along with whatever is read next; answers what answers it then."""
        asked = self._store.along(Command(("INFO",), read_info))

        def told() -> dict[str, str]:
            try:
                info: dict[str, str] = asked.take()
            except NotPermitted:
                return {}
            return info

        return told

    def _names(self, source: str | tuple[Word, ...]) -> list[str]:
        words = ("SMEMBERS", source) if isinstance(source, str) else source
        return sorted(self._store.do(Command(words, texts)))


def eviction(info: Mapping[str, str]) -> str:
    """The policy by which a server may drop keys to make room, from its INFO; empty if it never does."""
    policy = info.get("maxmemory_policy", "noeviction")
    return "" if policy == "noeviction" or info.get("maxmemory", "0") == "0" else policy


def unsaved_s(info: Mapping[str, str], now_ms: int) -> int | None:
    """Seconds of which a server that keeps snapshots alone would lose the jobs if it died now; None: it syncs them."""
    if info.get("aof_enabled", "1") != "0":
        return None
    return max(0, now_ms // 1000 - int(info.get("rdb_last_save_time", 0)))


def read_info(reply: Any) -> dict[str, str]:
    """The answer of INFO."""
    return dict(line.split(":", 1) for line in text(reply).splitlines() if ":" in line)


def read_workers(ids: Sequence[str], answers: Sequence[Any]) -> list[WorkerInfo]:
    """Workers by their records and what they run, one after the other; what nobody can read is left out."""
    rows = zip(ids, answers[::2], answers[1::2], strict=True)
    found = (worker_if_sound(worker, record, running) for worker, record, running in rows)
    return [worker for worker in found if worker]
