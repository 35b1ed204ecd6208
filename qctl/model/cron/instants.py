"""From wall times to instants: what becomes of a time that a zone's clocks skip, or show twice. No croniter here.

Two rules, as cron has them. A *fixed time* happens once: skipped, as soon as the clocks have jumped; shown twice, at
the first. A *wildcard* happens at every matching minute that the clocks show, and at no other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from qctl.model.cron.due import Due
from qctl.model.local_time import end_of_gap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final

Walls = Callable[[datetime], Iterator[datetime]]

_EPOCH: Final = datetime(1970, 1, 1)
_MS: Final = timedelta(milliseconds=1)
_SECOND: Final = timedelta(seconds=1)
_NO_SHIFT: Final = timedelta(0)


def first_passes(walls: Walls, after_ms: int, zone: tzinfo) -> Iterator[Due]:
    """The instants of fixed times, strictly after one. Several times that fall on one instant are one (D2, D3, D15)."""
    waiting: list[datetime] = []  # times in a gap, due when it ends, until the next time shows who else is due then
    due_ms = 0
    for wall in _from(walls, after_ms, zone, _NO_SHIFT):
        try:
            first, second, skipped = _passes(wall, zone)
        except OverflowError:
            break
        if waiting and first != due_ms:
            yield _made_up(due_ms, waiting, zone)
            waiting = []
        if first <= after_ms:
            continue
        if skipped or waiting:
            waiting.append(wall)
            due_ms = first
        else:
            yield Due(first, (wall,), f"{_clock(wall)} comes twice: the first" if second != first else "")
    if waiting:
        yield _made_up(due_ms, waiting, zone)


def shown_times(walls: Walls, after_ms: int, zone: tzinfo) -> Iterator[Due]:
    """The instants of a wildcard, strictly after one: none in a gap, and both of a time that is shown twice."""
    second_pass: deque[Due] = deque()
    for wall in _from(walls, after_ms, zone, _second_pass_ahead(after_ms, zone)):
        try:
            first, second, skipped = _passes(wall, zone)
        except OverflowError:
            break
        if skipped:
            continue
        while second_pass and second_pass[0].ms < first:
            yield second_pass.popleft()
        if first > after_ms:
            yield Due(first, (wall,), f"{_clock(wall)} comes twice: the first" if second != first else "")
        if second != first and second > after_ms:
            second_pass.append(Due(second, (wall,), f"{_clock(wall)} comes twice: the second"))
    yield from second_pass


def _from(walls: Walls, after_ms: int, zone: tzinfo, back: timedelta) -> Iterator[datetime]:
    """The matching times after an instant; earlier ones by so much as the clocks are still to be set back."""
    try:
        start = _local(after_ms, zone).replace(tzinfo=None)
        return walls(start - back - _SECOND if back else start)
    except (OverflowError, ValueError):  # beyond the years of a calendar
        return iter(())


def _second_pass_ahead(after_ms: int, zone: tzinfo) -> timedelta:
    """How far clocks will be set back in the hour that an instant stands in for the first time; else nothing."""
    try:
        local = _local(after_ms, zone)
    except (OverflowError, ValueError):
        return _NO_SHIFT
    again = local.replace(fold=1).utcoffset() or _NO_SHIFT
    return _NO_SHIFT if local.fold else max((local.utcoffset() or _NO_SHIFT) - again, _NO_SHIFT)


def _local(ms: int, zone: tzinfo) -> datetime:
    return (_EPOCH + ms * _MS).replace(tzinfo=UTC).astimezone(zone)


def _passes(wall: datetime, zone: tzinfo) -> tuple[int, int, bool]:
    """The first and the last instant at which clocks show a time, and whether they skip it.

    Of one that they skip both are the end of the gap.
    """
    aware = wall.replace(tzinfo=zone)
    before = aware.utcoffset() or _NO_SHIFT
    behind = aware.replace(fold=1).utcoffset() or _NO_SHIFT
    if before == behind:
        ms = (wall - before - _EPOCH) // _MS
        return ms, ms, False
    if before > behind:
        return (wall - before - _EPOCH) // _MS, (wall - behind - _EPOCH) // _MS, False
    after = end_of_gap((wall - behind).replace(tzinfo=UTC), (wall - before).replace(tzinfo=UTC), zone)
    ms = round(after.timestamp() * 1000)
    return ms, ms, True


def _made_up(ms: int, walls: list[datetime], zone: tzinfo) -> Due:
    """What is due when a gap ends, for all the times in it."""
    end = _local(ms, zone).replace(tzinfo=None)
    skipped = [wall for wall in walls if wall < end]
    whole_day = skipped[0].date() != end.date()
    named = [f"{wall:%Y-%m-%d} {_clock(wall)}" if whole_day else _clock(wall) for wall in skipped]
    listed = " and ".join(named) if len(named) < 3 else f"{named[0]} to {named[-1]}"
    missing = f"{listed} {'does' if len(named) == 1 else 'do'} not exist{' there' if whole_day else ' that day (DST)'}"
    if len(walls) == 1:
        return Due(ms, tuple(walls), f"{missing}: runs once, at the first valid minute")
    return Due(ms, tuple(walls), f"{missing}: {len(walls)} occurrences merged, at the first valid minute")


def _clock(wall: datetime) -> str:
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
