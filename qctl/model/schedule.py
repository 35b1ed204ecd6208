"""A schedule: when a task runs by itself, and what becomes of instants at which it cannot."""

from __future__ import annotations

import json

from qctl.classes import dataclass, field
from qctl.enums import StrEnum
from qctl.hashes import sha256
from qctl.model.task import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.model.timing import Timing

LATE_MS: Final = 60_000  #: an occurrence at most so old is late, not missed
MOST_CAUGHT_UP: Final = 100  #: runs that `catchup = "all"` makes up for, of one schedule at once (C11)


class Overlap(StrEnum):
    """What becomes of an occurrence while a run of the same schedule is active."""

    SKIP = "skip"
    QUEUE = "queue"  #: one waits for the end of the active ones; further ones merge with it
    ALLOW = "allow"
    REPLACE = "replace"  #: the active ones are stopped, and this one starts when they are gone


class Catchup(StrEnum):
    """What becomes of instants that passed while nobody could fire them."""

    NONE = "none"
    ONE = "one"  #: the newest runs and stands for all
    ALL = "all"  #: each runs, oldest first, one at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One schedule of a task, on one host if it is meant for each of several."""

    name: str  #: the task's, or TASK.NAME of one of several; of a task for each host with `@host` behind it
    task: str
    timing: Timing
    timezone: str  #: a zone of the tz database, or UTC
    hosts: tuple[str, ...] = ()  #: where its jobs may run; empty: anywhere
    overlap: Overlap = Overlap.SKIP
    catchup: Catchup = Catchup.ONE
    deadline: float | None = None  #: seconds after the instant, to the latest start
    jitter: float = 0.0  #: seconds; the start is put off by a part of it that never changes
    blackout: tuple[str, ...] = ()  #: windows in which it does not start
    params: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    notify: tuple[str, ...] = ()  #: of its task
    keep_age: float = 30 * DAY  #: seconds for which its ledger is kept
    keep_runs: int = 1000  #: rows of its ledger
    file: str = ""
    line: int = 0
    definition: bytes = b""  #: what others need to know of it, as JSON (see `config.timetable`)
    hash: str = ""  #: 12 hex digits: the same definition, zone and zone rules, the same hash

    @property
    def host(self) -> str | None:
        """The one host on which it runs; None: any, or one of several."""
        return self.hosts[0] if len(self.hosts) == 1 else None


def offset_ms(seed: str, jitter: float) -> int:
    """By how much a start is put off: from 0 up to `jitter` seconds, always the same for a seed (O13)."""
    if jitter <= 0:
        return 0
    drawn = int.from_bytes(sha256(f"jitter {seed}".encode()).digest()[:8], "big")
    return drawn % max(1, round(jitter * 1000))


def definition_digest(definition: bytes, zone_rules: str) -> str:
    """The hash of a schedule: of its definition, and of what its zone's clocks do."""
    return sha256(definition + zone_rules.encode()).hexdigest()[:12]


def canonical(said: Mapping[str, Any]) -> bytes:
    """A definition as JSON, the same for the same definition."""
    return json.dumps(said, sort_keys=True, separators=(",", ":"), default=str).encode()
