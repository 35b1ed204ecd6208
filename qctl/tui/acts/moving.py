"""Moving through lists and pages, selecting, sorting."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

from qctl.classes import replace
from qctl.tui.acts.acting import nothing, only
from qctl.tui.layout import layout, page_lines
from qctl.tui.pages.turning import LINES
from qctl.tui.screen import Page, Toast, View
from qctl.tui.table import counted, offset_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.tui.acts.acting import Act, Here, Next
    from qctl.tui.screen import Screen
    from qctl.tui.views.viewing import Drawn

_FAR: Final = 1_000_000  #: further than any list goes
_NO_ROW: Final = "there is nothing here to select"


def to_place(here: Here, place: int) -> Next:
    """Put the cursor on a row, as near as there is one."""
    screen, rows = here.screen, here.rows
    place = max(0, min(place, rows.total - 1))
    row = rows.at(place)
    height = layout(screen.width, screen.height).rows
    offset = offset_of(here.listing, place, rows.total, height)
    return only(screen.with_list(cursor=row.key if row else "", place=place, offset=offset, follow=False))


def _step(by: int, here: Here) -> Next:
    if here.screen.page is not Page.LIST:
        return only(_scrolled(here, by))
    return to_place(here, here.place + by)


def _page(by: int, here: Here) -> Next:
    if here.screen.page is not Page.LIST:
        return only(_scrolled(here, by * page_lines(here.screen.width, here.screen.height)))
    rows = layout(here.screen.width, here.screen.height).rows
    return to_place(here, here.place + by * rows)


def _edge(last: bool, here: Here) -> Next:
    if here.screen.page is Page.LOG:
        log = replace(here.screen.log, back=0 if last else _FAR, follow=last)
        return only(replace(here.screen, log=log))
    if here.screen.page is not Page.LIST:
        return only(replace(here.screen, scrolled=_FAR if last else 0))
    return _to_end(here) if last else to_place(here, 0)


def _to_end(here: Here) -> Next:
    """The last row that can be reached; where there are more than were read, the next look finds it."""
    rows = here.rows
    if rows.bounded:
        moved, effects = to_place(here, rows.total - 1)
        said = f"first {rows.total:,}: a QUERY leads to those behind them"
        return replace(moved, toast=Toast(text=said)), effects
    if not rows.more:
        return to_place(here, rows.total - 1)
    return only(here.screen.with_list(cursor="", place=_FAR, offset=_FAR, follow=False))


def _scrolled(here: Here, by: int) -> Screen:
    """The page further down by so many lines; output is told from its end."""
    screen, log = here.screen, here.screen.log
    lines = LINES[screen.page](screen, here.snapshot, here.look, screen.width - 4)
    furthest = max(0, len(lines) - page_lines(screen.width, screen.height))
    if screen.page is not Page.LOG:
        return replace(screen, scrolled=max(0, min(min(screen.scrolled, furthest) + by, furthest)))
    back = max(0, min(min(log.back, furthest) - by, furthest))
    return replace(here.screen, log=replace(log, back=back, follow=back == 0))


def _view(here: Here) -> Next:
    return only(replace(here.screen, view=View(here.value), page=Page.LIST, before=(), frozen=False))


def _next_view(by: int, here: Here) -> Next:
    views = list(View)
    there = views[(views.index(here.screen.view) + by) % len(views)]
    return only(replace(here.screen, view=there, frozen=False))


def _newest(here: Here) -> Next:
    """Sort by time, the newest first, and stay on the first row."""
    order = {View.JOBS: "enqueued", View.FAILURES: "last"}.get(here.screen.view, "")
    newest = here.screen.with_list(sort=order, reverse=False, cursor="", place=0, offset=0, follow=True)
    return only(replace(newest, toast=Toast(text="the newest first; a move stays where it is")))


def _mark(here: Here) -> Next:
    if here.row is None:
        return nothing(here, _NO_ROW)
    marked = here.listing.marked ^ {here.row.key}
    moved, effects = to_place(here, here.place + 1)
    return moved.with_list(marked=marked), effects


def _mark_all(here: Here) -> Next:
    known = frozenset(row.key for row in here.rows.rows)
    if not known:
        return nothing(here, _NO_ROW)
    if known <= here.listing.marked:
        return only(here.screen.with_list(marked=frozenset()))
    marked = here.screen.with_list(marked=known)
    if len(known) == here.rows.total and not here.rows.more:
        return only(marked)
    total = counted(here.rows.total, more=here.rows.more)
    said = f"selected {len(known)} that are at hand, of {total}: qctl cancel and retry take --query"
    return only(replace(marked, toast=Toast(text=said)))


def _invert(here: Here) -> Next:
    known = frozenset(row.key for row in here.rows.rows)
    if not known:
        return nothing(here, _NO_ROW)
    return only(here.screen.with_list(marked=known - here.listing.marked))


def sort_by_next(view: Drawn, here: Here) -> Next:
    """Sort by the next column that can be sorted by; after the last by none."""
    names = ["", *(column.name for column in view.columns if column.name)]
    at = names.index(here.listing.sort) if here.listing.sort in names else 0
    return only(here.screen.with_list(sort=names[(at + 1) % len(names)], reverse=False))


def _reverse(here: Here) -> Next:
    return only(here.screen.with_list(reverse=not here.listing.reverse))


MOVING: Final[Mapping[str, Act]] = MappingProxyType(
    {
        "up": partial(_step, -1),
        "down": partial(_step, 1),
        "page-up": partial(_page, -1),
        "page-down": partial(_page, 1),
        "first": partial(_edge, False),
        "last": partial(_edge, True),
        "view": _view,
        "next-view": partial(_next_view, 1),
        "last-view": partial(_next_view, -1),
        "newest": _newest,
        "mark": _mark,
        "mark-all": _mark_all,
        "invert": _invert,
        "reverse": _reverse,
    }
)
