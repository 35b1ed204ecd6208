"""What is due next: `schedule next`, of all schedules as a table, of one as lines with what is odd about each."""

from __future__ import annotations

from datetime import UTC, datetime

from qctl.cli.grid import NARROW, Cell, Column, foot, grid
from qctl.cli.screens.schedules import last_cell
from qctl.cli.screens.words import NOTHING
from qctl.model.cells import cut, fold, width
from qctl.model.local_time import zone_name
from qctl.model.show import age, duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo
    from typing import Any, Final

    from qctl.cli.scheduling.upcoming import Upcoming
    from qctl.cli.terminal import Look

_TABLE: Final = (
    Column("WHEN"),
    Column("IN", given_up=2),  # it follows from when, and how the last run went from nothing
    Column("TASK", least=8, folds_below=NARROW),
    Column("SCHEDULE", least=10, given_up=3),
)
_LAST: Final = Column("LAST", least=8, given_up=1)
_LEAST_NOTE: Final = 30  #: cells, below which a note begins a line of its own


def table(
    shown: Sequence[Upcoming],
    zone: tzinfo,
    look: Look,
    *,
    more: int = 0,
    file: str = "",
    known: Mapping[str, Mapping[str, Any]] | None = None,
    beats: str = "",
) -> list[str]:
    """All schedules in order, those that are due by no clock at the end. `more` are left out.

    `known` are those that an instance knows, as `qctl.schedule/1`, and `beats` who fires them, where one has answered.
    """
    if not shown:
        return [look.safe(f"no schedule in {file}" if file else "no tasks.toml here or above: qctl init writes one")]
    rows = [_row(one, zone, look) for one in shown]
    if known is not None:
        lasts = [last_cell(known.get(one.schedule.name, {}).get("last"), look) for one in shown]
        rows = [[*row, last] for row, last in zip(rows, lasts, strict=True)]
    lines = grid(_TABLE if known is None else (*_TABLE, _LAST), rows, look)
    for one in shown:
        if odd := _odd(one):
            lines += _folded(f"⚠ {one.schedule.name} {_when(one, zone, look)}: {odd}", "  ", look)
    return [*lines, *foot([*_sums(shown, zone, more), *([look.sign(beats)] if beats else [])], look)]


def _row(one: Upcoming, zone: tzinfo, look: Look) -> list[Cell | str]:
    name = one.schedule.name or NOTHING
    if one.due is None:
        at_events = one.note in ("at boot", "when a beat starts")
        said = one.schedule.timing.shown if at_events else one.note
        return [Cell(NOTHING), Cell(NOTHING), name, Cell(said, "dim")]
    return [_when(one, zone, look), _distance(one, look), name, one.expression(zone)]


def _when(one: Upcoming, zone: tzinfo, look: Look) -> str:
    """`Sun 22 Nov 14:03:00`, with the year where it is not this one."""
    at = _at(one, zone)
    year = "" if at.year == look.now.astimezone(zone).year else f"{at.year} "
    return f"{at:%a} {at.day:>2} {at:%b} {year}{at:%H:%M:%S}"


def _odd(one: Upcoming) -> str:
    """What is odd about an instant: how clocks move it, or that it does not start."""
    if one.due is None:
        return ""
    return one.note if one.held_back else one.due.note


def _at(one: Upcoming, zone: tzinfo) -> datetime:
    assert one.due is not None
    return datetime.fromtimestamp(one.due.ms / 1000, UTC).astimezone(zone)


def _distance(one: Upcoming, look: Look) -> str:
    assert one.due is not None
    seconds = (one.due.ms - look.now_ms) / 1000
    return duration(round(seconds) if abs(seconds) > 1 else seconds)


def _sums(shown: Sequence[Upcoming], zone: tzinfo, more: int) -> list[str]:
    idle = [one for one in shown if one.due is None]
    sums = (
        (len(shown) - len(idle), "due"),
        (sum(one.note.startswith("disabled") for one in idle), "disabled"),
        (sum(one.schedule.enabled and one.note == "at boot" for one in idle), "at boot"),
        (more, "more (-n shows them)"),
    )
    said = ", ".join(f"{number:,} {word}" for number, word in sums if number)
    return [f"Times in {zone_name(zone) or 'the local zone'}", said]


def lines(shown: Sequence[Upcoming], zone: tzinfo, look: Look, *, utc: bool) -> list[str]:
    """Instants one a line, with what is odd about them; with `utc` as programs write them, then on local clocks."""
    if not any(one.due for one in shown):
        said = [look.safe(f"{one.schedule.timing.shown}: {one.note}") for one in shown] or ["nothing until then"]
        return [_fitted(line, look) for line in said]
    heads = [_head(one, zone, look, utc=utc) for one in shown if one.due]
    widths = [max(width(head[place]) for head in heads) for place in range(3)]
    several = len({one.schedule.name for one in shown}) > 1
    written = []
    for one, head in zip((one for one in shown if one.due), heads, strict=True):
        line = "  ".join(text.ljust(room) for text, room in zip(head, widths, strict=True))
        name = f"  {look.safe(one.schedule.name)}" if several else ""
        odd = look.safe(_odd(one))
        written += _noted(_fitted(f"{line}{name}".rstrip(), look), odd, sum(widths[:2]) + 4, look)
    noted = {one.note for one in shown if one.due and one.note and not _odd(one)}
    notes = [line for note in sorted(noted) for line in _folded(f"note: {note}", "      ", look)]
    return written + [look.paint(line, "dim") for line in notes]


def _head(one: Upcoming, zone: tzinfo, look: Look, *, utc: bool) -> tuple[str, str, str]:
    at, own = _at(one, zone), one.at
    assert own is not None
    seconds = f":{at:%S}" if at.second else ""
    distance = (at - look.now).total_seconds()
    when = f"in {age(distance)}" if distance >= 0 else f"{age(-distance)} ago"
    if utc:
        return f"{at:%Y-%m-%dT%H:%M:%SZ}", when, f"{own:%a %H:%M}{seconds} {own.tzname()}"
    elsewhere = "" if own.utcoffset() == at.utcoffset() else f"{own:%a %H:%M}{seconds} {own.tzname()}"
    return f"{at:%a %Y-%m-%d %H:%M}{seconds} {at.tzname()}", when, elsewhere


def _noted(line: str, note: str, margin: int, look: Look) -> list[str]:
    """A line and its note: behind it, or where that has no room in lines below."""
    if not note:
        return [line]
    sign = look.sign("⚠ ") if look.unicode else "! "
    if look.width is None:
        return [f"{line}  {sign}{note}"]
    room = look.width - width(line) - 2 - width(sign)
    if room >= _LEAST_NOTE:
        first, *rest = fold(note, room)
        rest = fold(" ".join(rest), look.width - margin) if rest else []
        return [f"{line}  {look.paint(sign + first, 'yellow')}", *(" " * margin + part for part in rest)]
    parts = fold(sign + note, look.width - 4)
    return [line, *("    " + look.paint(part, "yellow") for part in parts)]


def _fitted(line: str, look: Look) -> str:
    return line if look.width is None else cut(line, look.width, look.ellipsis)


def _folded(text: str, margin: str, look: Look) -> list[str]:
    safe = look.safe(text if look.unicode else text.replace("⚠", "!"))
    if look.width is None:
        return [safe]
    first, *rest = fold(safe, look.width - len(margin))
    return [first, *(margin + part for part in rest)]
