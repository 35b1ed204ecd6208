"""How a schedule stands: on time, late, missed, broken or failing. Judged by whoever reads, also without a beat."""

from __future__ import annotations

from itertools import islice, takewhile
from typing import Protocol

from qctl.model.held_back import first_to_start
from qctl.model.schedule import LATE_MS, offset_ms
from qctl.model.show import age, count
from qctl.model.timing import Once
from qctl.model.verdict import Standing, Verdict, Waiting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from typing import Final

    from qctl.model.cron import Due
    from qctl.model.schedule import Schedule

_MOST: Final = 1000  #: instants that are counted; more are told as so many


class Memory(Protocol):
    """What the store knows of a schedule, as far as it is judged by."""

    @property
    def cursor_ms(self) -> int: ...
    @property
    def origin_ms(self) -> int: ...
    @property
    def disabled(self) -> object | None: ...
    @property
    def enabled_ms(self) -> int: ...
    @property
    def missed(self) -> int: ...
    @property
    def last_missed_ms(self) -> int | None: ...
    @property
    def failures(self) -> int: ...
    @property
    def failing_since_ms(self) -> int | None: ...


def judge(
    schedule: Schedule,
    memory: Memory,
    zone: tzinfo,
    now_ms: int,
    *,
    seed: str,
    beats: bool,
    made_up: bool = False,
    broken: str = "",
    paused: bool = False,
    waiting: Sequence[Waiting] = (),
) -> Standing:
    """Say how a schedule stands at a time of the server.

    `beats` says whether anybody is there to fire it, `made_up` that somebody has run it by hand since it was missed
    last, `broken` why a beat makes no jobs of it, `paused` that every queue is.
    An instant counts as over a minute after it, with its jitter added.
    """
    if not schedule.enabled or memory.disabled is not None:
        return Standing(Verdict.OFF)
    open_dues = unsettled(schedule, memory, zone, now_ms, seed=seed)
    if open_dues and not beats:
        return Standing(Verdict.MISSED, f"{_instants(open_dues)}, and no beat runs")
    if broken:
        return Standing(Verdict.BROKEN, broken)
    if memory.missed and not made_up:
        last = "" if memory.last_missed_ms is None else f", the last {_ago(now_ms, memory.last_missed_ms)}"
        return Standing(Verdict.MISSED, f"{count(memory.missed, 'instant')} missed{last}")
    if alone := unmanned(waiting, now_ms):
        return Standing(Verdict.MISSED, f"job {alone[0].job} waits for a worker that is not there")
    ahead = _lies_ahead(schedule, memory, zone, now_ms)
    if ahead:
        return Standing(Verdict.LATE, ahead)
    if open_dues:
        return Standing(Verdict.LATE, f"due {_ago(now_ms, open_dues[0].ms)}, and not fired")
    if held := [each for each in waiting if now_ms - each.since_ms > LATE_MS]:
        since = age((now_ms - held[0].since_ms) / 1000)
        return Standing(Verdict.LATE, f"job {held[0].job} has not started for {since}")
    if memory.failures:
        since = "" if memory.failing_since_ms is None else f", since {age((now_ms - memory.failing_since_ms) / 1000)}"
        return Standing(Verdict.FAILING, f"failed {count(memory.failures, 'time')}{since}")
    if isinstance(schedule.timing, Once) and schedule.timing.at_ms <= now_ms:
        return Standing(Verdict.OVER)
    return Standing(Verdict.PAUSED if paused else Verdict.ON_TIME)


def unmanned(waiting: Sequence[Waiting], now_ms: int) -> tuple[Waiting, ...]:
    """Those of which it is time to say that no worker is there for them."""
    return tuple(each for each in waiting if now_ms - each.since_ms > LATE_MS and not each.manned)


def unsettled(schedule: Schedule, memory: Memory, zone: tzinfo, now_ms: int, *, seed: str) -> list[Due]:
    """Instants that are over and of which nobody has said what became of them; at most a thousand, oldest first."""
    begin = max(memory.cursor_ms, memory.enabled_ms)
    last = now_ms - LATE_MS - offset_ms(seed, schedule.jitter)
    if begin >= last:
        return []
    dues = schedule.timing.upcoming(begin, zone, memory.origin_ms)
    return list(islice(takewhile(lambda due: due.ms <= last, dues), _MOST))


def _lies_ahead(schedule: Schedule, memory: Memory, zone: tzinfo, now_ms: int) -> str:
    """What to say if the clock was set back and no beat has let the schedule follow: until then nothing is fired."""
    latest_ms = max(memory.cursor_ms, memory.origin_ms, memory.enabled_ms)
    if latest_ms - now_ms <= LATE_MS or next(iter(schedule.timing.upcoming(now_ms, zone, now_ms)), None) is None:
        return ""
    by = age((latest_ms - now_ms) / 1000)
    return f"settled up to {by} ahead of the server's clock, which was set back: nothing is fired until a beat looks"


def next_due(schedule: Schedule, memory: Memory, zone: tzinfo, now_ms: int) -> Due | None:
    """The instant that comes next and may start; None if none will."""
    upcoming = schedule.timing.upcoming(max(now_ms, memory.enabled_ms), zone, memory.origin_ms)
    return first_to_start(schedule, zone, upcoming)


def _instants(dues: Sequence[Due]) -> str:
    return f"{count(len(dues), 'instant')} passed" if len(dues) < _MOST else f"more than {_MOST:,} instants passed"


def _ago(now_ms: int, then_ms: int) -> str:
    return f"{age((now_ms - then_ms) / 1000)} ago"
