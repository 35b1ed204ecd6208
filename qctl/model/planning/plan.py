"""From the instants that are over to a plan: rows of the ledger, runs to start, and the new cursor."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.model.blackout import covering
from qctl.model.cron import Due
from qctl.model.names import new_id
from qctl.model.occurrence import End
from qctl.model.planning.choice import choose
from qctl.model.planning.dues import Taken, take_dues
from qctl.model.planning.rows import note_of, row, summarised
from qctl.model.schedule import LATE_MS, Catchup, Overlap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

    from qctl.model.occurrence import Occurrence
    from qctl.model.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the store says of a schedule."""

    cursor_ms: int
    origin_ms: int
    offset_ms: int = 0  #: by which starts are put off (jitter)
    active: tuple[str, ...] = ()  #: its jobs that have not ended, oldest first
    disabled: str | None = None  #: who disabled it and why; None: it is enabled
    enabled_ms: int = 0  #: what passed before was not meant to run (C17)
    broken: str | None = None  #: what is wrong with its task now
    turn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A run to start."""

    id: str
    at_ms: int  #: the instant that it is for
    after: tuple[str, ...] = ()  #: jobs that have to end first
    expires_ms: int | None = None  #: from now, to the start
    made_up: bool = False  #: its instant is so old that it would have been missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of the instants up to a new cursor."""

    rows: tuple[Occurrence, ...]
    new_cursor_ms: int
    due_ms: int  #: the latest instant, with its offset
    starts: tuple[Start, ...] = ()
    replaced: tuple[str, ...] = ()  #: active jobs to be stopped first
    dropped: int = 0  #: instants that catch-up did not make up for, because there were too many (C11)
    more: bool = False  #: another plan follows at once


def plan_dues(
    schedule: Schedule,
    zone: tzinfo,
    at: Situation,
    now_ms: int,
    draw: Callable[[], str] = new_id,
    upcoming: Iterator[Due] | None = None,
) -> Plan | None:
    """Decide what becomes of the instants that are over. None if there is none.

    `upcoming` are the instants after the cursor, for who has them at hand.
    """
    if upcoming is None:
        upcoming = schedule.timing.upcoming(at.cursor_ms, zone, at.origin_ms)
    taken = take_dues(upcoming, now_ms - at.offset_ms)
    if not taken.dues:
        return None
    last = taken.dues[-1].ms
    return _plan(schedule, zone, at, taken, now_ms, draw, new_cursor_ms=last, due_ms=last + at.offset_ms)


def plan_event(schedule: Schedule, zone: tzinfo, at: Situation, now_ms: int, draw: Callable[[], str] = new_id) -> Plan:
    """Decide what becomes of a schedule that is due because its host booted, or a beat started."""
    taken = Taken((Due(now_ms),), more=False)
    return _plan(schedule, zone, at, taken, now_ms, draw, new_cursor_ms=max(now_ms, at.cursor_ms + 1), due_ms=now_ms)


def _plan(
    schedule: Schedule,
    zone: tzinfo,
    at: Situation,
    taken: Taken,
    now_ms: int,
    draw: Callable[[], str],
    *,
    new_cursor_ms: int,
    due_ms: int,
) -> Plan:
    fit, rows = [], []
    for due in taken.dues:
        refused = _refusal(schedule, zone, at, due, now_ms)
        if refused is None:
            fit.append(due)
        else:
            rows.append(row(at.turn, due, refused[0], note=refused[1]))
    starts: tuple[Start, ...] = ()
    replaced: tuple[str, ...] = ()
    dropped = 0
    if taken.more:
        end = End.MERGED if schedule.catchup is Catchup.ONE else End.MISSED
        rows += [row(at.turn, due, end) for due in fit]
        dropped = len(fit) if schedule.catchup is Catchup.ALL else 0
    else:
        started, starts, replaced, dropped = _start(schedule, at, fit, now_ms, draw)
        rows += started
    return Plan(
        rows=summarised(rows, separately=0) if taken.more else summarised(rows),
        new_cursor_ms=new_cursor_ms,
        due_ms=due_ms,
        starts=starts,
        replaced=replaced,
        dropped=dropped,
        more=taken.more,
    )


def _refusal(schedule: Schedule, zone: tzinfo, at: Situation, due: Due, now_ms: int) -> tuple[End, str] | None:
    """Why an instant must not lead to a run, whatever runs at present."""
    if at.broken is not None:
        return End.BROKEN, at.broken
    if at.disabled is not None:
        return End.DISABLED, at.disabled
    if not schedule.enabled:
        return End.DISABLED, "enabled = false"
    if due.ms <= at.enabled_ms:
        return End.DISABLED, ""
    if schedule.deadline is not None and due.ms + round(schedule.deadline * 1000) <= now_ms:
        return End.DEADLINE, ""
    for start_ms in (due.ms + at.offset_ms, now_ms):
        if schedule.blackout and (window := covering(schedule.blackout, zone, start_ms)):
            return End.BLACKOUT, window
    return None


def _start(
    schedule: Schedule, at: Situation, fit: Sequence[Due], now_ms: int, draw: Callable[[], str]
) -> tuple[list[Occurrence], tuple[Start, ...], tuple[str, ...], int]:
    """Rows and runs of instants that may run; the active jobs to stop; and how many were dropped."""
    choice = choose(schedule.catchup, fit, now_ms - at.offset_ms)
    rows = [row(at.turn, due, End.MISSED) for due in choice.missed]
    dropped = 0
    if schedule.catchup is Catchup.ALL and rows:
        rows, dropped = [*summarised(rows, separately=0)], len(choice.missed)
    wanted = (*choice.merged, *choice.chosen)
    made_up = any(_is_made_up(at, due, now_ms) for due in wanted)
    if schedule.catchup is Catchup.ALL and made_up:
        waits = schedule.overlap is not Overlap.ALLOW  # each is to run: none gives way to what has not ended (C11)
    elif schedule.overlap is Overlap.SKIP and at.active:
        return [*rows, *(row(at.turn, due, End.OVERLAP, job=at.active[0]) for due in wanted)], (), (), dropped
    elif schedule.overlap is Overlap.QUEUE and len(at.active) > 1:
        return [*rows, *(row(at.turn, due, End.MERGED, job=at.active[-1]) for due in wanted)], (), (), dropped
    else:
        waits = schedule.overlap in (Overlap.QUEUE, Overlap.REPLACE)
    after, starts = at.active if waits else (), []
    for due in choice.chosen:
        starts.append(_run(schedule, at, due, after, now_ms, draw()))
        after = (starts[-1].id,)
        rows.append(row(at.turn, due, End.FIRED, job=starts[-1].id, note=note_of(due)))
    rows += [row(at.turn, due, End.MERGED, job=starts[-1].id) for due in choice.merged]
    replaced = at.active if schedule.overlap is Overlap.REPLACE and starts else ()
    return rows, tuple(starts), replaced, dropped


def _run(schedule: Schedule, at: Situation, due: Due, after: tuple[str, ...], now_ms: int, id_: str) -> Start:
    deadline = schedule.deadline
    return Start(
        id=id_,
        at_ms=due.ms,
        after=after,
        expires_ms=None if deadline is None else due.ms + round(deadline * 1000) - now_ms,
        made_up=_is_made_up(at, due, now_ms),
    )


def _is_made_up(at: Situation, due: Due, now_ms: int) -> bool:
    return now_ms - due.ms - at.offset_ms > LATE_MS
