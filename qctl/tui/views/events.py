"""What has happened, the newest first: the moves of jobs, as scripts announce them, and what was done from here."""

from __future__ import annotations

from qctl.model.cells import fold
from qctl.model.event import BROKEN, PRIORITISE, REPAIRED, UNTOLD
from qctl.model.show import clock_time, count
from qctl.model.state import MOVES
from qctl.tui.picture import Span
from qctl.tui.table import Column, Row
from qctl.tui.views.job_lines import job_line
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.client.watching import Snapshot
    from qctl.model.event import Event
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Answer, Screen
    from qctl.tui.table import Rows

_ID: Final = 14  #: cells of an id: jobs of workflows have the longer ones
_COLUMNS: Final = (
    Column("at", "TIME", 14),
    Column("type", "EVENT", 10),
    Column("", "JOB", _ID, from_width=60),
    Column("task", "TASK", 0),
    Column("number", "MORE", 12, from_width=76),
)
_STYLES: Final = {
    "complete": "ok",
    "bury": "bad",
    BROKEN: "bad",
    REPAIRED: "bad",
    UNTOLD: "bad",
    "reclaim": "bad",
    "cancel": "warn",
    "retry": "warn",
}
_BY_YOU: Final = "by you"
_MEANT: Final = {
    BROKEN: "records that nobody could read were set aside",
    PRIORITISE: "these jobs have another priority now",
    REPAIRED: "these jobs stood nowhere and were put back",
    UNTOLD: "notices of these jobs were dropped",
}


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    rows = [_row(event, snapshot, look) for event in snapshot.events]
    rows += [_answer(answer, look) for answer in screen.answers]
    return arranged(sorted(rows, key=lambda row: row[1][0]), _COLUMNS, screen)


def _row(event: Event, snapshot: Snapshot, look: Look) -> tuple[Row, tuple[Any, ...]]:
    first, *more = event.jobs or ("",)
    title = snapshot.titles.get(first, "")
    cells = (
        Span(clock_time(event.at_ms, look.zone, look.now_ms)),
        Span(look.safe(event.type), _STYLES.get(event.type, "")),
        Span(look.safe(first)),
        Span(look.safe(title) or look.sign("–")),
        Span(f"and {len(more):,} more" if more else "", "quiet"),
    )
    return Row(event.id, cells), (-event.at_ms, event.type, "", title, -len(more))


def _answer(answer: Answer, look: Look) -> tuple[Row, tuple[Any, ...]]:
    """What was done here, in the place of a task."""
    style = "bad" if answer.bad else "ok"
    cells = (
        Span(clock_time(answer.at_ms, look.zone, look.now_ms)),
        Span(_BY_YOU, style),
        Span(look.sign("–")),
        Span(look.safe(answer.text), style if answer.bad else ""),
        Span(""),
    )
    return Row(_key(answer), cells), (-answer.at_ms, _BY_YOU, "", answer.text, 0)


def _key(answer: Answer) -> str:
    return f"{_BY_YOU} {answer.number}"


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    return (Span(f"the newest {count(len(snapshot.events), 'event')}"),) if snapshot.events else ()


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    key = row.key if row is not None else ""
    answer = next((each for each in screen.answers if _key(each) == key), None)
    if answer is not None:
        title = (Span(_BY_YOU, "title"), Span("  what it came to", "quiet"))
        return Pane(title, (), tuple((Span(line),) for line in fold(look.safe(answer.text), room[0])[: room[1]]))
    event = next((each for each in snapshot.events if each.id == key), None)
    if event is None:
        return Pane()
    move = MOVES.get(event.type)
    meant = _MEANT.get(event.type) or (move.meaning if move is not None else "")
    beside = snapshot.beside
    jobs = beside.jobs if beside is not None and beside.subject.key == event.id else ()
    lines = [job_line(job, look, cells=_ID) for job in jobs]
    if not lines:
        lines = [(Span(look.safe(" ".join(event.jobs))),)]
    if len(lines) > room[1]:
        lines = [*lines[: room[1] - 1], (Span(f"{look.ellipsis} {len(event.jobs):,} jobs in all", "quiet"),)]
    title = (Span(look.safe(event.type), "title"), Span(f"  {look.safe(meant)}", "quiet"))
    return Pane(title, (Span(look.key("⏎"), "key"), Span(" the job", "quiet")), tuple(lines))


EVENTS: Final = Drawn(
    title="Events",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="nothing has happened yet: qctl run TASK",
)
