"""Reads for a check-up: what a server says of itself, and how large and how stuck a namespace is. Each is bounded."""

from __future__ import annotations

from qctl import clock
from qctl.classes import dataclass
from qctl.errors import NotPermitted, QctlError
from qctl.later import later
from qctl.model.show import size
from qctl.store.command import Command
from qctl.store.refusals import WrongType
from qctl.store.replies import number_in, pairs_of, same, text, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.model.starvation import Standing
    from qctl.store.aside import Aside, records_aside, repaired, set_aside
    from qctl.store.key_types import written_over
    from qctl.store.store import Store
    from qctl.store.workflow_health import RunningWorkflows, running_workflows
else:
    Standing = later("qctl.model.starvation", "Standing")
    records_aside = later("qctl.store.aside", "records_aside")
    repaired = later("qctl.store.aside", "repaired")
    set_aside = later("qctl.store.aside", "set_aside")
    written_over = later("qctl.store.key_types", "written_over")
    running_workflows = later("qctl.store.workflow_health", "running_workflows")

LEVEL: Final = 1 << 49  #: what a level of priority is in the scores of a queue: `next_score` of lua/_prelude.lua
LEVELS: Final = 10
_MOST: Final = 1000  #: tasks whose past is counted


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a namespace holds."""

    tasks: int  #: that have ended jobs
    ended: int  #: jobs, of the first 1,000 of these tasks
    scheduled: int
    output_bytes: int
    events: int


class Inspection:
    """Reads of one namespace and its server."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = store.keys

    def info(self) -> dict[str, str] | None:
        """What the server says of itself. None: this user may not ask for it."""
        (said,) = self._store.ask_all([Command(("INFO",), text)])
        if isinstance(said, NotPermitted):
            return None
        if isinstance(said, QctlError):
            raise said
        return dict(line.split(":", 1) for line in said.splitlines() if ":" in line)

    def clock(self) -> tuple[float, float]:
        """By how many seconds the server's clock is ahead of ours, and how many the answer took."""
        before, wall = clock.monotonic(), clock.now().timestamp()
        there: float = self._store.do(Command(("TIME",), _seconds))
        took = clock.monotonic() - before
        return there - (wall + took / 2), took

    def settings(self, *names: str) -> dict[str, str]:
        """Settings of the server, those alone that it tells: many shared ones keep CONFIG to themselves."""
        answers = self._store.ask_all([Command(("CONFIG", "GET", name), _texts_of_pairs) for name in names])
        return {name: found for answer in answers if isinstance(answer, dict) for name, found in answer.items()}

    def missing(self, limit: int) -> dict[str, int]:
        """How many jobs wait for tasks that no worker which claimed them has, of up to `limit` tasks."""
        tasks: list[str] = self._store.do(Command(("SRANDMEMBER", self._keys.missing, limit), texts))
        counts = self._store.do_all([Command(("ZCARD", self._keys.parked(f"nobody:{task}")), int) for task in tasks])
        return {task: number for task, number in sorted(zip(tasks, counts, strict=True)) if number}

    def heads(self, queue: str) -> list[Standing]:
        """The first job of each level of a queue."""
        ready = self._keys.ready(queue)
        ranges = [(level * LEVEL, f"({(level + 1) * LEVEL}") for level in range(LEVELS)]
        found = self._store.do_all(
            [Command(("ZRANGE", ready, low, high, "BYSCORE", "LIMIT", 0, 1), texts) for low, high in ranges]
        )
        return [standing for _, standing in self._standings([job for ids in found for job in ids], "at")]

    def running(self, ids: Sequence[str]) -> list[tuple[str, Standing]]:
        """Of jobs that run, the queue, and since when they do."""
        return self._standings(ids, "st")

    def set_aside(self, limit: int) -> tuple[int, dict[str, int]]:
        """How many records were set aside, and the newest of them, by id when, in ms."""
        return set_aside(self._store, limit)

    def written_over(self) -> list[str]:
        """The names of keys that hold another type than they should."""
        return written_over(self._store)

    def repaired(self, limit: int) -> tuple[int, dict[str, int]]:
        """How many jobs stood nowhere and were put back, and the newest of them, by id when, in ms."""
        return repaired(self._store, limit)

    def asides(self, ids: Sequence[str]) -> list[Aside]:
        """The records of jobs, as far as they were set aside."""
        return records_aside(self._store, ids)

    def workflows(self) -> RunningWorkflows:
        """How it is with workflows that run."""
        return running_workflows(self._store)

    def sizes(self) -> Sizes:
        """How much there is of what grows."""
        keys = self._keys
        tasks, number, scheduled, output, events = self._store.do_all(
            [
                Command(("SRANDMEMBER", keys.tasks, _MOST), texts),
                Command(("SCARD", keys.tasks), int),
                Command(("ZCARD", keys.scheduled), int),
                Command(("GET", keys.output_bytes), number_in),
                Command(("XLEN", keys.events), int),
            ]
        )
        ended = sum(self._store.do_all([Command(("ZCARD", keys.ended(task)), int) for task in tasks]))
        return Sizes(number, ended, scheduled, output, events)

    def _standings(self, ids: Sequence[str], since: str) -> list[tuple[str, Standing]]:
        """Queue, priority and the latest of the times of jobs; those that have ended meanwhile are left out.

        So are those that wait for another try: since when they do, nobody has written down.
        """
        commands = [Command(("HMGET", self._keys.job(job), "q", "x", "p", "at", "et", since), same) for job in ids]
        rows = self._store.ask_all(commands)
        found = []
        for row in rows:
            if isinstance(row, QctlError) and not isinstance(row, WrongType):
                raise row
            if isinstance(row, list) and row[0]:
                queue, failures, priority, *times = row
                if failures and int(failures) and since != "st":
                    continue
                found.append((text(queue), Standing(int(priority or 0), max(int(at or 0) for at in times))))
        return found


def _seconds(reply: Sequence[Any]) -> float:
    return int(reply[0]) + int(reply[1]) / 1_000_000


def _texts_of_pairs(reply: Sequence[Any]) -> Mapping[str, str]:
    return {name: text(value) for name, value in pairs_of(reply)}


def refusing(info: Mapping[str, str]) -> str:
    """Why a server takes no new jobs, from its INFO; empty if it does, and where it may not be asked."""
    if master := master_of(info):
        return f"Redis is a read-only replica of {master}: nothing can be submitted"
    if is_full(info):
        bounds = f"{size(int(info['used_memory']))} of {size(int(info['maxmemory']))}"
        return f"Redis is full, {bounds} used: nothing can be submitted"
    return ""


def master_of(info: Mapping[str, str]) -> str:
    """The `host:port` that a replica follows which may not be written to; empty for any other server."""
    if info.get("role") != "slave" or info.get("slave_read_only") == "0":
        return ""
    return f"{info.get('master_host', '?')}:{info.get('master_port', '?')}"


def is_full(info: Mapping[str, str]) -> bool:
    """Whether it has reached its maxmemory, and drops nothing to make room."""
    limit = int(info.get("maxmemory", 0))
    kept = info.get("maxmemory_policy", "noeviction") == "noeviction"
    return kept and 0 < limit <= int(info.get("used_memory", 0))
