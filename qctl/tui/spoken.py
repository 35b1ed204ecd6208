"""A look in words, a fact a line: for pipes, and for who listens to the screen. Nothing is drawn. Pure."""

from __future__ import annotations

from qctl.classes import dataclass, replace
from qctl.model.error_groups import cause, message_of
from qctl.model.show import clock_time, count, duration
from qctl.tui.draw import VIEWS
from qctl.tui.header import newest_wait_ms, per_minute, share_failed, slots_of, stale_words
from qctl.tui.picture import Span
from qctl.tui.screen import Listing, View
from qctl.tui.table import counted, table
from qctl.tui.views.due_words import when
from qctl.tui.views.queues import pause_of, pause_words
from qctl.tui.warnings import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.client.health import Health
    from qctl.client.terms import Queue
    from qctl.client.watching import Rates, Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen

_FEW: Final = 5  #: schedules, and errors
_MARGIN: Final = 4  #: lines of a screen that are left to what is no row


@dataclass(frozen=True, slots=True)
class Said:
    """One line, and what it says apart from ages: it is news when that is."""

    news: str
    line: Line


def spoken(screen: Screen, snapshot: Snapshot, look: Look, begun: Look) -> list[Said]:
    """All there is to say of a look; `begun` is how the first look was told, whose time has no ages."""
    then = replace(snapshot, now_ms=begun.now_ms, page=replace(snapshot.page, places={}))  # all move up at each start
    if then.health is not None:
        then = replace(then, health=replace(then.health, now_ms=begun.now_ms))
    told = zip(_lines(screen, snapshot, look), _lines(screen, then, begun), strict=False)
    return [
        *(Said("".join(span.text for span in ageless), line) for line, ageless in told),
        *(Said(each.name, (Span(f"warning: {each.text}", "alert"),)) for each in warnings(snapshot, look)),
    ]


def _lines(screen: Screen, snapshot: Snapshot, look: Look) -> Iterator[Line]:
    """As many of them at any time, for they are compared one by one."""
    health = snapshot.health
    title = f"qctl top  {look.safe(snapshot.title)}"
    if snapshot.trouble:
        yield (Span(f"{title}: {stale_words(snapshot, look)}{look.safe(snapshot.trouble)}", "error"),)
    elif health is not None:
        yield (Span(f"{title}: {_server(health)}, {_workers(health)}{_beat(snapshot)}"),)
    if snapshot.rates is not None:
        yield (Span(rates_words(snapshot.rates)),)
    if health is not None:
        for queue in health.queues:
            yield from _queue(queue, health, look)
    yield from _coming(snapshot, look)
    for group in sorted(snapshot.errors, key=lambda group: -group.newest.ended_ms)[:_FEW]:
        at = clock_time(group.newest.ended_ms, look.zone, look.now_ms)
        said = f"failed {count(group.count, 'time')}, last at {at}: {group.tasks[0]}, {cause(group.newest)}"
        yield (Span(look.safe(f"{said}: {message_of(group.newest)}".rstrip(": ")), "bad"),)
    yield from _jobs(screen, snapshot, look)


def rates_words(rates: Rates) -> str:
    """`throughput 4.1/min, failures 4.7 %, wait 1.4s`: of the last minutes; how long the slow ones wait."""
    wait = newest_wait_ms(rates)
    waits = "" if wait is None else f", wait {duration(wait / 1000)}"
    return f"throughput {per_minute(rates.succeeded)}/min, failures {share_failed(rates)}{waits}"


def _server(health: Health) -> str:
    version = f"redis {health.redis_version}" if health.redis_version else "redis"
    return f"{version} {'may drop jobs' if health.evicts else 'ok'}"


def _workers(health: Health) -> str:
    taken, room = slots_of(health)
    gone = f", {len(health.gone)} gone" if health.gone else ""
    return f"{count(len(health.workers), 'worker')}{gone}, {taken} of {count(room, 'slot')} busy"


def _beat(snapshot: Snapshot) -> str:
    if snapshot.fleet is None or not snapshot.fleet.schedules:
        return ""
    return ", beat runs" if snapshot.fleet.beats else ", no beat runs"


def _queue(queue: Queue, health: Health, look: Look) -> Iterator[Line]:
    """A queue with something in it, or that is paused."""
    numbers = (
        (queue.ready, "ready"), (queue.running, "running"), (queue.scheduled, "scheduled"), (queue.parked, "held back")
    )  # fmt: skip
    said = [f"{number:,} {what}" for number, what in numbers if number]
    if pause := pause_of(queue, health):
        said.append(f"paused {pause_words(pause, look)}")
    if said:
        yield (Span(look.safe(f"queue {queue.name}: {', '.join(said)}")),)


def _coming(snapshot: Snapshot, look: Look) -> Iterator[Line]:
    """The next schedules."""
    for ms, name in sorted((ms, name) for name, ms in snapshot.next_ms.items())[:_FEW]:
        yield (Span(look.safe(f"next: {name} at {' '.join(when(ms, look).split())}"), "quiet"),)


def _jobs(screen: Screen, snapshot: Snapshot, look: Look) -> Iterator[Line]:
    """The jobs, a line each under the names of their columns."""
    view, page = VIEWS[View.JOBS], snapshot.page
    rows = view.rows(snapshot, screen, look)
    words = f", {look.safe(page.words)}" if page.words else ", active and what failed"
    yield (Span(f"1 Jobs{words}: {counted(page.total, more=page.cut)}", "title"),)
    if rows.rows:
        shown = max(2, min(len(rows.rows) + 1, screen.height - _MARGIN))
        yield from table(view.columns, rows, Listing(place=-1), (screen.width, shown), look)
    elif snapshot.health is not None:
        yield (Span(f"  {snapshot.complaint or view.empty}", "quiet"),)
