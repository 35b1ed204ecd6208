"""The schedules, the next one first: when, in how long, what came of the last run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from qctl.client.fleet import Known
from qctl.client.watching import Snapshot
from qctl.model.show import clock_time, count, duration
from qctl.model.standing import TROUBLE, Verdict
from qctl.tui.look import Look, steady
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Screen
from qctl.tui.table import Column, Row, Rows
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane

_COLUMNS: Final = (
    Column("when", "WHEN", 12, wide=19),
    Column("in", "IN", 7, right=True),
    Column("name", "NAME", 0),
    Column("", "SCHEDULE", 16, from_width=60, wide=24),
    Column("last", "LAST", 18, from_width=74, wide=24),
    Column("state", "STATE", 9),
)
_NEVER: Final = 1 << 62
_OUTCOMES: Final = {
    "succeeded": ("✔", "ok"),
    "cancelled": ("⊘", "warn"),
    "expired": ("⊘", "warn"),
    "skipped": ("⊘", "warn"),
}


def schedule_rows(snapshot: Snapshot, look: Look) -> list[tuple[Row, tuple[Any, ...]]]:
    """A row for each schedule, the next first, with the values by which the columns are sorted."""
    if snapshot.fleet is None:
        return []
    return sorted((_row(known, snapshot, look) for known in snapshot.fleet.schedules), key=lambda row: row[1][:3])


def _row(known: Known, snapshot: Snapshot, look: Look) -> tuple[Row, tuple[Any, ...]]:
    due = snapshot.next_ms.get(known.name)
    verdict = known.standing.verdict
    standing = "disabled" if known.state.disabled else verdict.value
    style = (
        "bad"
        if verdict in TROUBLE
        else "quiet"
        if verdict is Verdict.OFF
        else "ok"
        if verdict is Verdict.ON_TIME
        else ""
    )
    cells = (
        Span(look.sign("–") if due is None else when(due, look)),
        Span("" if due is None else steady((due - look.now_ms) / 1000)),
        Span(look.safe(known.name)),
        Span(look.safe(known.schedule.timing.shown if known.schedule is not None else "?")),
        last_run(known, look),
        Span(standing, style),
    )
    late = _NEVER if due is None else due
    return Row(known.name, cells), (late, late, known.name, "", known.state.last_at_ms or 0, standing)


def when(ms: int, look: Look) -> str:
    """An instant to come: `14:03:00` today, else with its day."""
    at, today = _local(ms, look), _local(look.now_ms, look)
    if at.date() == today.date():
        return f"{at:%H:%M:%S}"
    return f"{at:%a} {at.day} {at:%b} {at:%H:%M}" if abs((at - today).days) > 6 else f"{at:%a %H:%M:%S}"


def last_run(known: Known, look: Look) -> Span:
    """What the last run came to: `✔ 14:02 310ms`."""
    state = known.state
    if state.last_at_ms is None:
        return Span(look.sign("–"))
    at = clock_time(state.last_at_ms, look.zone, look.now_ms).rpartition(":")[0]
    if state.last_job in state.active:
        return Span(look.sign(f"● {at} running"), "busy")
    if not state.last_outcome:
        return Span(look.sign(f"○ {at}"))
    sign, style = _OUTCOMES.get(state.last_outcome, ("✗", "bad"))
    took = "" if state.last_run_ms is None else f" {duration(state.last_run_ms / 1000)}"
    said = took if state.last_outcome == "succeeded" else f" {state.last_outcome}"
    return Span(look.sign(f"{sign} {at}{said}"), style)


def _local(ms: int, look: Look) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(look.zone)


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    return arranged(schedule_rows(snapshot, look), _COLUMNS, screen)


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    fleet = snapshot.fleet
    if fleet is None or not fleet.schedules:
        return ()
    bad = sum(known.standing.verdict in TROUBLE for known in fleet.schedules)
    beats = Span("  no beat", "bad") if not fleet.beats else Span(f"  {count(len(fleet.beats), 'beat')}")
    trouble = (Span(f", {bad} in trouble", "bad"),) if bad else ()
    return (Span(count(len(fleet.schedules), "schedule")), *trouble, beats)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    schedules = snapshot.fleet.schedules if snapshot.fleet is not None else ()
    known = next((each for each in schedules if row is not None and each.name == row.key), None)
    if known is None:
        return Pane()
    one, facts = known.schedule, []
    if known.state.disabled is not None:
        order = known.state.disabled
        until = f" until {clock_time(order.until_ms, look.zone, look.now_ms)}" if order.until_ms else ""
        facts.append(
            ("Disabled", f"by {order.by or 'somebody'}{until}" + (f": {order.reason}" if order.reason else ""))
        )
    elif known.standing.why:
        facts.append(("Stands", f"{known.standing.verdict.value}, {known.standing.why}"))
    if one is not None:
        said = [f"overlap {one.overlap}", f"catchup {one.catchup}", f"timezone {one.timezone}"]
        facts.append(("Task", f"{one.task}   {'   '.join(said)}"))
        facts += [("Defined", f"{one.file}:{one.line}")] if one.file else []
    facts.append(("Last job", f"{known.state.last_job or 'none'}"))
    lines = tuple((Span(f"{name:<9}", "quiet"), Span(look.safe(text))) for name, text in facts)
    return Pane((Span(look.safe(known.name), "title"), Span("  schedule", "quiet")), (), lines[: room[1]])


SCHEDULE: Final = Drawn(
    title="Schedule",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="no schedule is declared: qctl schedule add TASK '30 2 * * *'",
)
