"""What failed in the last day, the same error once, the most frequent first."""

from __future__ import annotations

from typing import Any, Final

from qctl.client.watching import Snapshot
from qctl.model.error_groups import ErrorGroup, cause
from qctl.model.show import clock_time, count
from qctl.tui.look import Look
from qctl.tui.output import output_lines
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Screen
from qctl.tui.table import Column, Row, Rows
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane

_COLUMNS: Final = (
    Column("count", "COUNT", 5, right=True),
    Column("last", "LAST", 7, right=True),
    Column("task", "TASK", 16, wide=24),
    Column("cause", "CAUSE", 14, wide=18),
    Column("", "MESSAGE", 0),
    Column("example", "EXAMPLE", 10, from_width=60),
)


def failure_rows(snapshot: Snapshot, look: Look) -> list[tuple[Row, tuple[Any, ...]]]:
    """A row for each error. Its key is the newest job that failed by it."""
    return [_row(group, look) for group in snapshot.errors]


def _row(group: ErrorGroup, look: Look) -> tuple[Row, tuple[Any, ...]]:
    one = group.newest
    tasks = group.tasks[0] + (f" +{len(group.tasks) - 1}" if len(group.tasks) > 1 else "")
    cells = (
        Span(f"{group.count:,}"),
        Span(look.since(one.ended_ms)),
        Span(look.safe(tasks)),
        Span(look.safe(cause(one)), "bad"),
        Span(look.safe(one.error_message) or look.sign("–")),
        Span(one.id),
    )
    return Row(one.id, cells), (-group.count, -one.ended_ms, tasks, cause(one), "", one.id)


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    return arranged(failure_rows(snapshot, look), _COLUMNS, screen)


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    failures = sum(group.count for group in snapshot.errors)
    return (Span(f"{count(len(snapshot.errors), 'error')}, {count(failures, 'failure')} in the last day"),)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    group = next((each for each in snapshot.errors if row is not None and each.newest.id == row.key), None)
    if group is None:
        return Pane()
    one = group.newest
    at = clock_time(one.ended_ms, look.zone, look.now_ms)
    said: Line = (Span(look.safe(f"{cause(one)} at {at}"), "bad"), Span(f"  {look.safe(one.error_message)}"))
    lines = (said, *output_lines(snapshot.log, look)[-max(0, room[1] - 1) :]) if room[1] > 1 else (said,)
    title = (Span(one.id, "title"), Span(f" {look.safe(one.task)}"), Span("  last output", "quiet"))
    return Pane(title, (Span("l", "key"), Span(" full screen", "quiet")), lines)


FAILURES: Final = Drawn(
    title="Failures",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="nothing has failed in the last day",
)
