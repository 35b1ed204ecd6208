"""All schedules of an instance and how they stand, in a bounded number of reads, whoever of their beats is dead."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.client.presence import beat_is_live, is_live
from qctl.later import later
from qctl.model.occurrence import End
from qctl.model.state import State
from qctl.model.verdict import Standing, Verdict, Waiting
from qctl.store import ScheduleReading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo
    from typing import Any, Final

    from qctl.client.asking import Client
    from qctl.config.timetable import read_definition, zone_of
    from qctl.model.job import Job
    from qctl.model.occurrence import Occurrence
    from qctl.model.schedule import Schedule
    from qctl.model.standing import judge, unmanned
    from qctl.store import WorkerInfo
    from qctl.store.schedule_values import BeatInfo, ScheduleState
else:
    read_definition = later("qctl.config.timetable", "read_definition")
    zone_of = later("qctl.config.timetable", "zone_of")
    judge = later("qctl.model.standing", "judge")
    unmanned = later("qctl.model.standing", "unmanned")

EVERY_QUEUE: Final = "*"  #: stands for all queues, where one is paused
_MOST_JOBS: Final = 1000  #: active jobs that are looked at
_MOST_LEDGERS: Final = 100  #: of schedules that were missed, in which a run by hand is looked for …
_MOST_ROWS: Final = 50  #: … among their newest rows


@dataclass(frozen=True, slots=True)
class Known:
    """A schedule that the store knows. Without `schedule` nobody here can read its definition."""

    state: ScheduleState
    schedule: Schedule | None
    zone: tzinfo | None
    standing: Standing
    unmanned: tuple[Waiting, ...] = ()  #: its jobs that have waited over a minute for a worker that is not there

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def seed(self) -> str:
        """What its `H` and its jitter are drawn from."""
        return seed_of(self.state)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The schedules of an instance, the beats that fire them, and the hosts of both and of the workers."""

    now_ms: int
    schedules: tuple[Known, ...]
    beats: tuple[BeatInfo, ...]  #: live ones
    hosts: tuple[str, ...]

    def of(self, verdict: Verdict) -> list[Known]:
        """The schedules that stand so."""
        return [known for known in self.schedules if known.standing.verdict is verdict]

    @property
    def unread(self) -> list[Known]:
        """Those whose definition cannot be read here: of another version of qctl, or in a zone that is not here."""
        return [known for known in self.schedules if known.schedule is None]

    @property
    def waiting(self) -> list[Known]:
        """Those that wait for a beat, if there is none."""
        return [] if self.beats else [known for known in self.schedules if known.standing.verdict is not Verdict.OFF]


def look_at_fleet(client: Client, workers: Sequence[WorkerInfo] | None = None) -> Fleet:
    """Read and judge all of it. `workers` are those that are registered, where the caller has them.

    Raises QctlError if the server does not answer.
    """
    reading = ScheduleReading(client.store)
    whole = reading.whole()
    now_ms, states = whole.now_ms, whole.states
    beats = [beat for beat in whole.beats if beat_is_live(beat, now_ms)]
    known = client.reading.workers() if workers is None else workers
    live = [worker for worker in known if is_live(worker, now_ms)]
    waiting = _waiting(client, states, live)
    by_hand = _made_up(reading, states)
    broken, paused = _broken(beats), EVERY_QUEUE in whole.pauses
    judged = [
        _judged(
            state,
            now_ms,
            beats=bool(beats),
            made_up=state.name in by_hand,
            broken=broken.get(state.name, ""),
            paused=paused,
            waiting=waiting.get(state.name, ()),
        )
        for state in states
    ]
    hosts = {str(about.get("host") or "") for about in (*(w.about for w in known), *(beat.about for beat in beats))}
    hosts |= {host for one in judged if one.schedule is not None for host in one.schedule.hosts}
    return Fleet(now_ms, tuple(judged), tuple(beats), tuple(sorted(hosts - {""})))


def read_schedule(state: ScheduleState) -> tuple[Schedule, tzinfo] | None:
    """A schedule as the store has it, and its zone; None if it cannot be read here."""
    try:
        schedule = read_definition(state.name, state.definition, state.hash)
        return schedule, zone_of(schedule.timezone)
    except (ValueError, KeyError, OSError):
        return None


def seed_of(state: ScheduleState) -> str:
    """What a schedule's `H` and its jitter are drawn from."""
    return str(state.definition.get("seed", state.name))


def _broken(beats: Sequence[BeatInfo]) -> dict[str, str]:
    """Of schedules of which a live beat can make no job, why."""
    found: dict[str, str] = {}
    for beat in beats:
        said = beat.about.get("broken")
        if isinstance(said, dict):
            found |= {str(name): str(why) for name, why in said.items()}
    return found


def _judged(state: ScheduleState, now_ms: int, **facts: Any) -> Known:
    found = read_schedule(state)
    if found is None:
        return Known(state, None, None, Standing(Verdict.ON_TIME, "cannot be read here"))
    schedule, zone = found
    standing = judge(schedule, state, zone, now_ms, seed=seed_of(state), **facts)
    return Known(state, schedule, zone, standing, unmanned(facts["waiting"], now_ms))


def _made_up(reading: ScheduleReading, states: Sequence[ScheduleState]) -> set[str]:
    """The schedules that somebody has run by hand since they were missed last."""
    missed = {state.name: state.last_missed_ms or 0 for state in states if state.missed}
    ledgers = reading.ledgers(list(missed)[:_MOST_LEDGERS], _MOST_ROWS)
    return {name for name, rows in ledgers.items() if _is_made_up(reading, name, rows, missed[name])}


def _is_made_up(reading: ScheduleReading, name: str, newest: Sequence[Occurrence], since_ms: int) -> bool:
    """Whether there is a run by hand. It has the place of its instant, so any number of rows may stand before it."""
    fired = [row for row in newest if row.end is End.FIRED]
    if len(newest) == _MOST_ROWS and all(row.manual and row.recorded_ms < since_ms for row in fired):
        fired = reading.ledger(name, _MOST_ROWS, until_ms=newest[-1].at_ms + 1, ends={End.FIRED})
    return any(_by_hand_since(row, since_ms) for row in fired)


def _by_hand_since(row: Occurrence, since_ms: int) -> bool:
    return row.manual and row.end is End.FIRED and row.recorded_ms >= since_ms


def _waiting(
    client: Client, states: Sequence[ScheduleState], live: Sequence[WorkerInfo]
) -> Mapping[str, Sequence[Waiting]]:
    """By schedule, its jobs that were fired and that nobody has begun."""
    of_schedule = {job: state.name for state in states for job in state.active}
    found: dict[str, list[Waiting]] = {}
    for job in client.reading.jobs(list(of_schedule)[:_MOST_JOBS]):
        if job.state in (State.QUEUED, State.SCHEDULED) and not job.attempt:
            manned = any(worker.reads(job.queue) for worker in live)
            found.setdefault(of_schedule[job.id], []).append(Waiting(job.id, _startable_ms(job), manned))
    return found


def _startable_ms(job: Job) -> int:
    """From when on a job could have been begun."""
    return max(job.enqueued_ms, job.due_ms or 0, job.eta_ms or 0)
