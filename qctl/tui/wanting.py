"""What has to be read for a screen. Pure."""

from __future__ import annotations

from qctl.client.watching import Want
from qctl.client.watching.snapshot import Kind, Subject
from qctl.errors import UsageError
from qctl.model.query import parse
from qctl.tui.layout import layout
from qctl.tui.screen import Page, View
from qctl.tui.sifting import failures_sought

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.query_tree import Query
    from qctl.tui.look import Look
    from qctl.tui.screen import Screen

_AROUND: Final = 20  #: rows above and below those that are seen, so that a step needs no look of its own
#: What the row under the cursor is, where it is no job.
_KINDS: Final = {
    View.QUEUES: Kind.QUEUE,
    View.WORKERS: Kind.WORKER,
    View.SCHEDULE: Kind.SCHEDULE,
    View.EVENTS: Kind.EVENT,
}


def want(screen: Screen, look: Look) -> Want:
    """The least that the screen shows."""
    parts = layout(screen.width, screen.height)
    jobs = screen.lists[View.JOBS]
    first = max(0, jobs.offset - _AROUND)
    at_hand = screen.page is Page.LIST
    sought = failures_sought(screen.list.query) if screen.view is View.FAILURES else ""
    return Want(
        query=_query(jobs.query, look),
        words=jobs.query,
        sort=jobs.sort,
        reverse=jobs.reverse,
        first=first,
        rows=parts.rows + 2 * _AROUND,
        full=True,
        jobs=at_hand and screen.view is View.JOBS,
        schedules=True,
        errors=screen.view is View.FAILURES or bool(parts.below),
        failures=_query(sought, look),
        failures_words=sought,
        events=screen.view is View.EVENTS,
        job=screen.job if screen.page is Page.JOB else "",
        subject=_subject(screen, parts.pane),
        log=screen.job if screen.page in (Page.JOB, Page.LOG) else _under_cursor(screen, parts.pane),
        log_lines=5000 if screen.page is Page.LOG else 50,
    )


def _query(text: str, look: Look) -> Query | None:
    """What the filter means. A name of somebody's that no query can hold is as no filter."""
    try:
        return parse(text, look.now, look.zone) if text else None
    except UsageError:
        return None


def _under_cursor(screen: Screen, pane: int) -> str:
    return screen.list.cursor if pane and screen.view in (View.JOBS, View.FAILURES) else ""


def _subject(screen: Screen, pane: int) -> Subject | None:
    kind = _KINDS.get(screen.view)
    if not pane or screen.page is not Page.LIST or kind is None or not screen.list.cursor:
        return None
    return Subject(kind, screen.list.cursor)
