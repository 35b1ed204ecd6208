"""What has happened, the newest first: each move of jobs, as scripts announce it."""

from __future__ import annotations

from typing import Any, Final

from qctl.client.watching import Snapshot
from qctl.model.event import Event
from qctl.model.show import clock_time, count
from qctl.tui.look import Look
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Screen
from qctl.tui.table import Column, Row, Rows
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane

_COLUMNS: Final = (
    Column("at", "TIME", 14),
    Column("type", "EVENT", 10),
    Column("number", "JOBS", 5, right=True),
    Column("", "IDS", 0),
)
_STYLES: Final = {"complete": "ok", "bury": "bad", "broken": "bad", "untold": "bad", "cancel": "warn", "retry": "warn"}


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    return arranged([_row(event, look) for event in snapshot.events], _COLUMNS, screen)


def _row(event: Event, look: Look) -> tuple[Row, tuple[Any, ...]]:
    cells = (
        Span(clock_time(event.at_ms, look.zone, look.now_ms)),
        Span(look.safe(event.type), _STYLES.get(event.type, "")),
        Span(f"{len(event.jobs):,}"),
        Span(look.safe(" ".join(event.jobs))),
    )
    return Row(event.id, cells), (-event.at_ms, event.type, -len(event.jobs))


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    return (Span(f"the newest {count(len(snapshot.events), 'event')}"),)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    event = next((each for each in snapshot.events if row is not None and each.id == row.key), None)
    if event is None:
        return Pane()
    said = (Span(look.safe(" ".join(event.jobs))),)
    return Pane((Span(look.safe(event.type), "title"), Span(f"  {event.id}", "quiet")), (), (said,))


EVENTS: Final = Drawn(
    title="Events",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="nothing has happened yet",
)
