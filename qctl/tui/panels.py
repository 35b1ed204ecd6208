"""The panels of a large screen: above the list throughput and queues, below it what comes next and what has failed."""

from __future__ import annotations

from qctl.model.cells import cut, pad
from qctl.model.error_groups import cause, message_of
from qctl.model.show import count, duration
from qctl.tui import frame
from qctl.tui.header import bars, newest_wait_ms, per_minute, slots
from qctl.tui.picture import Span, fit, line_width
from qctl.tui.screen import Listing
from qctl.tui.table import Column, Row, Rows, table
from qctl.tui.views.due_words import expression, last_run, until, when
from qctl.tui.views.queues import queue_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from qctl.client.fleet import Known
    from qctl.client.watching import Rates, Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen

_TIMING: Final = 24  #: cells that must be free before it is said what says when
_NO_CURSOR: Final = Listing(place=-1)
#: Of the cells of a queue's row those that have room here: all but how many are held.
_OF_QUEUES: Final = (0, 1, 2, 3, 5, 6, 7, 8)
_QUEUES: Final = (
    Column("", "NAME", 10, wide=24),
    Column("", "READY", 5, right=True),
    Column("", "RUN", 3, right=True),
    Column("", "ETA", 3, right=True),
    Column("", "OLDEST", 8, right=True),
    Column("", "IN/m", 4, right=True),
    Column("", "OUT/m", 5, right=True),
    Column("", "STATE", 0),
)


def upper_panels(snapshot: Snapshot, screen: Screen, look: Look, room: tuple[int, int]) -> list[Line]:
    """Throughput on the left, the queues on the right."""
    width, height = room
    left = width // 2
    title = (Span("Throughput", "title"), Span("  jobs a minute, 60 min", "quiet"))
    lines, more = _queues(snapshot, width - left - 4, height - 2, look)
    return frame.beside(
        frame.box(title, (), _throughput(snapshot, left - 4, look), left, height, look),
        frame.box((Span("Queues", "title"),), more, lines, width - left, height, look),
    )


def _throughput(snapshot: Snapshot, width: int, look: Look) -> list[Line]:
    rates, health = snapshot.rates, snapshot.health
    if rates is None or health is None:
        return []
    room = bars(rates, width - 17)
    waits = tuple(ms or 0 for ms in rates.wait_p95_ms)
    return [
        _spark("ok", rates.succeeded, room, "ok", f"now {per_minute(rates.succeeded)}", look),
        _spark("fail", rates.failed, room, "bad", f"now {per_minute(rates.failed)}", look),
        _spark("p95", waits, room, "", f"wait {_newest_wait(rates, look)}", look, together=max),
        slots(health, min(60, width - 19), look),
    ]


def _spark(
    name: str,
    values: tuple[int, ...],
    room: int,
    style: str,
    said: str,
    look: Look,
    together: Callable[[list[int]], int] = sum,
) -> Line:
    shown = look.spark(values, room, style if any(values) else "quiet", together)
    return (Span(f"{name:<5}", "quiet"), shown, Span(f"  {said}"))


def _newest_wait(rates: Rates, look: Look) -> str:
    newest = newest_wait_ms(rates)
    return look.sign("–") if newest is None else duration(newest / 1000)


def _queues(snapshot: Snapshot, width: int, height: int, look: Look) -> tuple[list[Line], Line]:
    """The queues that have most to do, and how many more there are."""
    rows = [row for row, _ in sorted(queue_rows(snapshot, look), key=lambda row: row[1][1:4])]
    if not rows:
        return ([(Span("no queue has held a job yet", "quiet"),)] if snapshot.health is not None else []), ()
    few = [Row(row.key, tuple(row.cells[at] for at in _OF_QUEUES)) for row in rows[: height - 1]]
    more = (Span(f"{len(rows) - len(few)} more", "quiet"),) if len(rows) > len(few) else ()
    return table(_QUEUES, Rows.whole(few), _NO_CURSOR, (width, height), look), more


def lower_panels(snapshot: Snapshot, screen: Screen, look: Look, room: tuple[int, int]) -> list[Line]:
    """What is due next on the left, what failed lately on the right."""
    width, height = room
    left = width // 2
    failures = (Span(f"{count(len(snapshot.errors), 'error')} in a day", "quiet"),) if snapshot.errors else ()
    coming = _next(snapshot, left - 4, height, look)
    failed = _failures(snapshot, width - left - 4, look)
    return frame.beside(
        frame.box((Span("Next scheduled", "title"),), (), coming, left, height, look),
        frame.box((Span("Recent failures", "title"),), failures, failed, width - left, height, look),
    )


def _next(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """`14:03:00  in 49s  rotate-logs  */1 * * * *  ✔ 14:02 31s`."""
    if snapshot.fleet is None:
        return []
    known = {one.name: one for one in snapshot.fleet.schedules}
    if not known:
        return [(Span("no schedule is declared", "quiet"),)]
    soonest = sorted((ms, name) for name, ms in snapshot.next_ms.items() if name in known)[: height - 2]
    if not soonest:
        return [(Span("nothing is due: every schedule is disabled or over", "quiet"),)]
    free = max(0, width - 56)
    name = 12 + free // 2
    timing = free // 2 if free >= _TIMING else 0
    return [
        (
            Span(pad(when(ms, look), 13)),
            Span(pad(until(ms, look), 7)),
            Span(pad(cut(look.safe(key), name, look.ellipsis), name + 1)),
            *_timing(known[key], timing, look),
            last_run(known[key], look),
        )
        for ms, key in soonest
    ]


def _timing(known: Known, room: int, look: Look) -> Line:
    """What says when, where there is room for it."""
    said = look.safe(expression(known, look.zone))
    return (Span(pad(cut(said, room, look.ellipsis), room + 1), "quiet"),) if room else ()


def _failures(snapshot: Snapshot, width: int, look: Look) -> list[Line]:
    """`3×  import-feed  exit 22  curl: (22) 503  8m ago`, the newest first."""
    if not snapshot.errors:
        return [(Span("nothing has failed in the last day", "quiet"),)] if snapshot.health is not None else []
    lines: list[Line] = []
    for group in sorted(snapshot.errors, key=lambda group: -group.newest.ended_ms):
        ago = Span(f" {look.since(group.newest.ended_ms)} ago", "quiet")
        said = (
            Span(pad(f"{group.count:,}{look.sign('×')}", 4) + " "),
            Span(pad(cut(look.safe(group.tasks[0]), 12, look.ellipsis), 13)),
            Span(pad(cut(look.safe(cause(group.newest)), 10, look.ellipsis), 11), "bad"),
            Span(look.safe(message_of(group.newest))),
        )
        lines.append((*fit(said, max(0, width - line_width((ago,))), look.ellipsis), ago))
    return lines
