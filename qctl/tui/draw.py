"""The whole screen: state and snapshot in, a picture out. Pure."""

from __future__ import annotations

from types import MappingProxyType

from qctl.tui import frame
from qctl.tui.footer import alert_line, foot_line
from qctl.tui.header import figures_line, sparks_line, tabs_line, title_line
from qctl.tui.layout import layout
from qctl.tui.pages.palette import palette_page
from qctl.tui.pages.turning import PAGES
from qctl.tui.panels import lower_panels, upper_panels
from qctl.tui.picture import Picture, Span, fit
from qctl.tui.screen import Page, Purpose, View
from qctl.tui.table import cursor_of, table
from qctl.tui.views.events import EVENTS
from qctl.tui.views.failures import FAILURES
from qctl.tui.views.jobs import JOBS
from qctl.tui.views.queues import QUEUES
from qctl.tui.views.schedule import SCHEDULE
from qctl.tui.views.workers import WORKERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.layout import Layout
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen
    from qctl.tui.table import Rows
    from qctl.tui.views.viewing import Drawn, Pane

VIEWS: Final[Mapping[View, Drawn]] = MappingProxyType(
    {
        View.JOBS: JOBS,
        View.QUEUES: QUEUES,
        View.WORKERS: WORKERS,
        View.SCHEDULE: SCHEDULE,
        View.FAILURES: FAILURES,
        View.EVENTS: EVENTS,
    }
)


def draw(screen: Screen, snapshot: Snapshot, look: Look) -> Picture:
    """The picture of a screen."""
    parts = layout(screen.width, screen.height)
    lines = [title_line(snapshot, screen, look)]
    if parts.head > 1:
        lines += [figures_line(snapshot, screen.width, look), sparks_line(snapshot.rates, screen.width, look)]
    if parts.tabs:
        lines.append(tabs_line(snapshot, screen, look))
    room = (screen.width, screen.height - parts.around_page)
    if screen.prompt is not None and screen.prompt.purpose is Purpose.COMMAND:
        lines += palette_page(screen, screen.prompt, snapshot, look, room)
    elif screen.page is Page.LIST:
        lines += _list(screen, snapshot, parts, look)
    else:
        lines += PAGES[screen.page](screen, snapshot, look, room)
    if parts.alert:
        lines.append(alert_line(screen, snapshot, look))
    elif screen.prompt is not None and screen.prompt.complaint:
        lines[0] = alert_line(screen, snapshot, look)  # there is no other room for it
    lines.append(foot_line(screen, look, with_toast=not parts.alert))
    return _picture(lines, screen, look)


def rows_of(screen: Screen, snapshot: Snapshot, look: Look) -> Rows:
    """The rows of the list that is open."""
    return VIEWS[screen.view].rows(snapshot, screen, look)


def _list(screen: Screen, snapshot: Snapshot, parts: Layout, look: Look) -> list[Line]:
    view, width = VIEWS[screen.view], screen.width
    rows = view.rows(snapshot, screen, look)
    room = width - 4 if parts.boxed else width
    lines = table(view.columns, rows, screen.list, (room, parts.list), look)
    if not rows.total:
        lines.append(_nothing(screen, snapshot, look))
    lines = [*lines, *[()] * (parts.list - len(lines))]
    if not parts.boxed:
        return [*lines]
    _, row = cursor_of(screen.list, rows)
    pane = view.pane(snapshot, screen, row, look, (room, parts.pane))
    title = (Span(f"{list(View).index(screen.view) + 1} {view.title}", "title"),)
    return [
        *(upper_panels(snapshot, screen, look, (width, parts.panels)) if parts.panels else []),
        frame.top(title, (*_as_listed(screen, snapshot, look), *view.note(snapshot, screen, look)), width, look),
        *(frame.inside(line, width, look) for line in lines),
        *_pane(pane, width, parts.pane, look),
        frame.bottom(width, look),
        *(lower_panels(snapshot, screen, look, (width, parts.below)) if parts.below else []),
    ]


def filter_of(screen: Screen, snapshot: Snapshot) -> str:
    """The filter of the rows that are shown: of jobs that of the newest answer, whatever was typed since."""
    return snapshot.page.words if screen.view is View.JOBS else screen.list.query


def _as_listed(screen: Screen, snapshot: Snapshot, look: Look) -> Line:
    """What was done to the list: which filter it has, by what it is sorted, how much of it is selected."""
    listing, query = screen.list, filter_of(screen, snapshot)
    if screen.prompt is not None and screen.prompt.purpose is Purpose.FILTER and screen.prompt.complaint:
        query = f"still {query}".strip()
    arrow = look.sign("▲" if listing.reverse else "▼")
    return (
        *((Span(f"{look.safe(query)}  ", "title"),) if query else ()),
        *((Span(f"sort:{listing.sort}{arrow}  ", "quiet"),) if listing.sort else ()),
        *((Span(f"{len(listing.marked)} selected  ", "warn"),) if listing.marked else ()),
    )


def _nothing(screen: Screen, snapshot: Snapshot, look: Look) -> Line:
    """What stands where there are no rows: why, and what to do next."""
    if snapshot.complaint:
        return (Span(f"  {look.safe(snapshot.complaint)}", "bad"),)
    if snapshot.health is None:
        trouble = look.safe(snapshot.trouble)
        return (Span(f"  {trouble}", "bad") if trouble else Span("  looking for it", "quiet"),)
    if screen.view is View.JOBS and screen.list.query != snapshot.page.words:
        return (Span("  looking for it", "quiet"),)
    if screen.list.query:
        return (Span("  nothing matches the filter: Esc takes it away", "quiet"),)
    return (Span(f"  {VIEWS[screen.view].empty}", "quiet"),)


def _pane(pane: Pane, width: int, height: int, look: Look) -> list[Line]:
    lines = [*pane.lines[:height], *[()] * (height - len(pane.lines[:height]))]
    return [frame.divider(pane.title, pane.right, width, look), *(frame.inside(line, width, look) for line in lines)]


def _picture(lines: list[Line], screen: Screen, look: Look) -> Picture:
    filled = [*lines[: screen.height], *[()] * (screen.height - len(lines))]
    fitted = tuple(fit(line, screen.width, look.ellipsis) for line in filled)
    return Picture(screen.width, screen.height, fitted)
