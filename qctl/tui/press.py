"""What a key does: looked up in the table of keys, done by its act. Pure."""

from __future__ import annotations

from types import MappingProxyType

from qctl.classes import replace
from qctl.tui.acts.acting import Here, only
from qctl.tui.acts.changing import CHANGING
from qctl.tui.acts.copying import COPYING
from qctl.tui.acts.moving import MOVING, sort_by_next
from qctl.tui.acts.opening import OPENING
from qctl.tui.acts.operating import OPERATING
from qctl.tui.acts.pointing import pointed
from qctl.tui.acts.reading import READING
from qctl.tui.acts.warned import WARNED
from qctl.tui.draw import VIEWS, rows_of
from qctl.tui.keys import key_named
from qctl.tui.screen import Toast, View
from qctl.tui.table import cursor_of
from qctl.tui.warnings import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.acts.acting import Act, Next
    from qctl.tui.keys import Key
    from qctl.tui.look import Look
    from qctl.tui.screen import Screen

ACTIONS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        **MOVING,
        **OPENING,
        **READING,
        **CHANGING,
        **OPERATING,
        **COPYING,
        **WARNED,
        "sort": lambda here: sort_by_next(VIEWS[here.screen.view], here),
    }
)
_YES: Final = ("y", "Y")
_READ_ONLY: Final = "--read-only: nothing is changed"


def press(screen: Screen, snapshot: Snapshot, look: Look, pressed: str) -> Next:
    """The next state after a key, and what is to be done."""
    screen = replace(screen, toast=None)
    if screen.question is not None:
        return _answered(screen, pressed)
    key = key_named(screen, pressed)
    if key is not None:
        return act(key, screen, snapshot, look)
    hidden = screen.read_only and key_named(replace(screen, read_only=False), pressed) is not None
    return only(replace(screen, toast=Toast(text=_READ_ONLY, bad=True)) if hidden else screen)


def act(key: Key, screen: Screen, snapshot: Snapshot, look: Look) -> Next:
    """What one row of the table of keys does."""
    rows = rows_of(screen, snapshot, look)
    return ACTIONS[key.name](Here(screen=screen, snapshot=snapshot, rows=rows, look=look, value=key.value))


def click(screen: Screen, snapshot: Snapshot, look: Look, at: tuple[int, int], *, twice: bool) -> Next:
    """The next state after a click on a cell; a second one on a row opens it."""
    screen = replace(screen, toast=None)
    here = Here(screen=screen, snapshot=snapshot, rows=rows_of(screen, snapshot, look), look=look)
    there, on_row = pointed(here, at)
    return press(there[0], snapshot, look, "enter") if twice and on_row else there


def settled(screen: Screen, snapshot: Snapshot, look: Look) -> Screen:
    """The same screen with its cursor on a row that is there, so that what is told of it can be read.

    A warning that was taken away, and that nothing is the matter with any more, may come again.
    """
    if snapshot.health is not None and screen.dismissed:
        standing = {each.name for each in warnings(snapshot, look)}
        screen = replace(screen, dismissed=screen.dismissed & standing)
    if screen.view is View.JOBS and snapshot.page.unread:
        return screen  # that look was for another place
    rows = rows_of(screen, snapshot, look)
    if rows.more and not rows.bounded and screen.list.place >= rows.total and (screen.list.query or screen.list.sort):
        return screen  # its end is sought, and that look was not for it yet
    place, row = (0, rows.at(0)) if screen.list.follow else cursor_of(screen.list, rows)
    marked = screen.list.marked
    if len(rows.rows) == rows.total and not rows.more:
        marked &= {each.key for each in rows.rows}  # what is gone is acted on no more
    offset = min(screen.list.offset, max(0, rows.total - 1)) if rows.total else screen.list.offset
    return screen.with_list(cursor=row.key if row else "", place=place, marked=marked, offset=offset)


def _answered(screen: Screen, pressed: str) -> Next:
    """Yes is yes, and anything else is no."""
    question, screen = screen.question, replace(screen, question=None)
    if question is not None and pressed in _YES:
        return screen.with_list(marked=frozenset()), (question.effect,)
    return only(screen)
