"""What goes into the verbs of schedules and what comes out."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.enums import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.model.occurrence import Occurrence
    from qctl.model.submission import Submission

BEAT_LIVE_MS: Final = 20_000  #: a beat that gave no pulse for so long is dead to the others


class Published(StrEnum):
    """How a beat stands with a schedule that it has declared."""

    NEW = "NEW"  #: nobody had declared it: its time begins now (C15)
    SAME = "SAME"  #: it is declared so
    REPLACED = "REPLACED"  #: this definition is in force from now on (C16)
    DRIFT = "DRIFT"  #: another definition is in force: this beat stands down for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One schedule as a beat's file declares it."""

    name: str
    hash: str
    definition: bytes  #: JSON
    keeps_cursor: bool = False  #: only what does not change its instants is new: none of them is passed over
    changed: bool = False  #: this beat saw its own file say something new of it: its definition is the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """That somebody disabled a schedule by hand."""

    at_ms: int
    by: str = ""
    reason: str = ""
    until_ms: int | None = None  #: when it is enabled again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleState:
    """A schedule as the store knows it. Times are server time in ms."""

    name: str
    hash: str
    generation: int
    definition: Mapping[str, Any]  #: see `config.timetable`
    cursor_ms: int  #: every instant up to this one has ended in the ledger
    origin_ms: int  #: when it came to be: what `every` counts from
    active: tuple[str, ...] = ()  #: its jobs that have not ended, oldest first; manual ones are none of them
    disabled: Disabled | None = None
    enabled_ms: int = 0  #: when it was last enabled by hand: what passed before is not made up for (C17)
    publisher: str = ""  #: the beat whose definition is in force
    fired_by: str = ""  #: the beat that fired it last
    last_job: str = ""
    last_at_ms: int | None = None  #: the instant of the last job …
    last_fired_ms: int | None = None  #: … and when it was fired: later than that by more than a minute, it was late
    last_outcome: str = ""  #: of the last job that ended
    last_ended_ms: int | None = None
    last_run_ms: int | None = None  #: how long its last attempt ran
    failures: int = 0  #: runs that failed since the last that did not
    failing_since_ms: int | None = None
    missed: int = 0  #: occurrences missed since the last that was fired
    last_missed_ms: int | None = None  #: the newest instant that was ever missed
    boots: Mapping[str, str] = field(default_factory=dict)  #: host -> boot id for which it has run
    turn: int = 0  #: how often the clock was set back under it (C4, C5)
    drifting: Mapping[str, str] = field(default_factory=dict)  #: live beat -> the other hash that it holds

    @property
    def latest_ms(self) -> int:
        """The latest that it says of its past. If that is to come, the clock was set back since."""
        return max(self.cursor_ms, self.origin_ms, self.enabled_ms)


class Fired(StrEnum):
    """What became of a firing."""

    OK = "OK"
    EARLY = "EARLY"  #: by the server's clock it is not due
    STALE = "STALE"  #: its cursor or active jobs moved, or it was disabled: decide again from the state that is told
    DRIFT = "DRIFT"  #: another generation is in force
    UNKNOWN = "UNKNOWN"  #: there is no such schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A job that a firing starts."""

    submission: Submission
    after: tuple[str, ...] = ()  #: it starts when these have ended, however they did


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """All that has become of a schedule's instants between its cursor and a new one, decided by a beat."""

    name: str
    generation: int
    cursor_ms: int  #: from which the decision was taken …
    active: tuple[str, ...]  #: … and the active jobs
    new_cursor_ms: int
    due_ms: int  #: the latest instant, with its jitter: it must not be later than server time
    rows: tuple[Occurrence, ...] = ()  #: a fired row's `job` is the id of one of the runs
    runs: tuple[Run, ...] = ()
    replaced: tuple[str, ...] = ()  #: active jobs to be stopped when one of the runs is taken (O8)
    boot: tuple[str, str] | None = None  #: (host, boot id) for which this is; refused as STALE if it has run for it
    manual: bool = False  #: `schedule run-now`: no cursor moves, and its job is none of the active ones (C20)


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringAnswer:
    """What became of it."""

    fired: Fired
    now_ms: int
    state: ScheduleState | None = None  #: as it is now; None if unknown
    rows: tuple[Occurrence, ...] = ()  #: as written: a run may have become skipped:unique, queue-full or paused


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatInfo:
    """A beat that is there, or was."""

    id: str
    seen_ms: int
    about: Mapping[str, Any] = field(default_factory=dict)  #: host, pid, start, boot, label, file, version, skew_ms …

    def has_pulse(self, now_ms: int) -> bool:
        """Whether it has given a pulse of late."""
        return now_ms - self.seen_ms < BEAT_LIVE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The answer to a beat's heartbeat."""

    now_ms: int
    version: int  #: grows whenever a schedule is published, withdrawn, enabled or disabled: read them again
    others: tuple[BeatInfo, ...] = ()  #: live beats
