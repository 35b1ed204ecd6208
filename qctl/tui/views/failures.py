"""What failed in the last day, the same error once, the most frequent first."""

from __future__ import annotations

from qctl.model.cells import fold, width
from qctl.model.error_groups import cause, message_of
from qctl.model.show import clock_time, count
from qctl.tui.output import output_lines
from qctl.tui.picture import Span
from qctl.tui.sifting import is_query
from qctl.tui.table import Column, Row
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.client.watching import Snapshot
    from qctl.model.error_groups import ErrorGroup
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen
    from qctl.tui.table import Rows

_COLUMNS: Final = (
    Column("count", "COUNT", 5, right=True),
    Column("last", "LAST", 6, right=True, from_width=38),
    Column("task", "TASK", 16, from_width=60, wide=24),
    Column("cause", "CAUSE", 17, wide=19),  # `signal 13 SIGPIPE`; where there is room `signal 26 SIGVTALRM`
    Column("message", "MESSAGE", 0),
    Column("example", "EXAMPLE", 10, from_width=76),
)


def _row(group: ErrorGroup, look: Look) -> tuple[Row, tuple[Any, ...]]:
    """Its key is the newest job that failed by it."""
    one = group.newest
    names = group.titles or group.tasks
    tasks = names[0] + (f" +{len(names) - 1}" if len(names) > 1 else "")
    cells = (
        Span(f"{group.count:,}"),
        Span(look.since(one.ended_ms)),
        Span(look.safe(tasks)),
        Span(look.safe(cause(one)), "bad"),
        Span(look.safe(message_of(one)) or look.sign("–")),
        Span(one.id),
    )
    return Row(one.id, cells), (-group.count, -one.ended_ms, tasks, cause(one), message_of(one), one.id)


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    if is_query(screen.list.query):  # the groups are of the jobs that it means: see `wanting`
        screen = screen.with_list(query="")
    return arranged([_row(group, look) for group in snapshot.errors], _COLUMNS, screen)


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    if not snapshot.errors:
        return ()
    failures = sum(group.count for group in snapshot.errors)
    return (Span(f"{count(len(snapshot.errors), 'error')}, {count(failures, 'failure')} in the last day"),)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    """The newest of its failures: why in full, then the last lines that it wrote."""
    group = next((each for each in snapshot.errors if row is not None and each.newest.id == row.key), None)
    if group is None:
        return Pane()
    one = group.newest
    why = f"{cause(one)} at {clock_time(one.ended_ms, look.zone, look.now_ms)}"
    message = fold(look.safe(message_of(one)), max(10, room[0] - width(why) - 2))[: max(1, room[1] - 1)]
    lines: list[Line] = [(Span(look.safe(why), "bad"), Span(f"  {message[0]}"))]
    lines += [(Span(" " * (width(why) + 2)), Span(part)) for part in message[1:]]
    left = room[1] - len(lines)
    written = output_lines(snapshot, look) or [(Span("no output", "quiet"),)]
    lines += written[-left:] if left > 0 else []
    title = (Span(one.id, "title"), Span(f" {look.safe(one.title)}"), Span("  the newest of them", "quiet"))
    return Pane(title, (Span("l", "key"), Span(" full screen", "quiet")), tuple(lines))


FAILURES: Final = Drawn(
    title="Failures",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="nothing has failed in the last day: qctl errors --since 7d looks further back",
)
