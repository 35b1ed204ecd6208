"""The panels of a large screen: above the list throughput and queues, below it what comes next and what has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from qctl.client.watching import Rates, Snapshot
from qctl.model.cells import cut, pad
from qctl.model.error_groups import cause
from qctl.model.show import count, duration
from qctl.tui import frame
from qctl.tui.header import per_minute, slots
from qctl.tui.look import Look, steady
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Listing, Screen
from qctl.tui.table import Rows, table
from qctl.tui.views.queues import COLUMNS as QUEUES
from qctl.tui.views.queues import queue_rows
from qctl.tui.views.schedule import last_run, when

_NO_CURSOR: Final = Listing(place=-1)


def upper_panels(snapshot: Snapshot, screen: Screen, look: Look, room: tuple[int, int]) -> list[Line]:
    """Throughput on the left, the queues on the right."""
    width, height = room
    left = width // 2
    title = (Span("Throughput", "title"), Span("  jobs a minute, the last hour", "quiet"))
    return frame.beside(
        frame.box(title, (), _throughput(snapshot, left - 4, look), left, height, look),
        frame.box(
            (Span("Queues", "title"),),
            (),
            _queues(snapshot, width - left - 4, height, look),
            width - left,
            height,
            look,
        ),
    )


def _throughput(snapshot: Snapshot, width: int, look: Look) -> list[Line]:
    rates, health = snapshot.rates, snapshot.health
    if rates is None or health is None:
        return []
    room = min(60, width - 20)
    waits = tuple(ms or 0 for ms in rates.wait_p95_ms)
    return [
        _spark("ok", rates.succeeded, room, "ok", f"now {per_minute(rates.succeeded)}", look),
        _spark("fail", rates.failed, room, "bad", f"now {per_minute(rates.failed)}", look),
        _spark("p95", waits, room, "", f"wait {_newest_wait(rates, look)}", look, together=max),
        (*slots(health, 2 * width, look)[2:],),
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
    newest = next((ms for ms in reversed(rates.wait_p95_ms) if ms is not None), None)
    return look.sign("–") if newest is None else duration(newest / 1000)


def _queues(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """The queues that have most to do."""
    rows = sorted(queue_rows(snapshot, look), key=lambda row: row[1][1:4])
    return table(QUEUES, Rows.whole([row for row, _ in rows]), _NO_CURSOR, (width, height - 2), look)


def lower_panels(snapshot: Snapshot, screen: Screen, look: Look, room: tuple[int, int]) -> list[Line]:
    """What is fired next on the left, the newest failures on the right."""
    width, height = room
    left = width // 2
    failures = (Span(f"{count(len(snapshot.errors), 'error')} today", "quiet"),) if snapshot.errors else ()
    return frame.beside(
        frame.box((Span("Next scheduled", "title"),), (), _next(snapshot, left - 4, height, look), left, height, look),
        frame.box(
            (Span("Recent failures", "title"),),
            failures,
            _failures(snapshot, width - left - 4, look),
            width - left,
            height,
            look,
        ),
    )


def _next(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """`14:03:00  in 49s  rotate-logs  */1 * * * *  ✔ 31s`."""
    known = {one.name: one for one in snapshot.fleet.schedules} if snapshot.fleet is not None else {}
    if not known:
        return [(Span("no schedule is declared", "quiet"),)]
    soonest = sorted((ms, name) for name, ms in snapshot.next_ms.items() if name in known)[: height - 2]
    name_room = max(8, width - 46)
    return [
        (
            Span(pad(when(ms, look), 9)),
            Span(pad(f"in {steady((ms - look.now_ms) / 1000)}", 11)),
            Span(pad(cut(look.safe(name), name_room, look.ellipsis), name_room + 1)),
            last_run(known[name], look),
        )
        for ms, name in soonest
    ]


def _failures(snapshot: Snapshot, width: int, look: Look) -> list[Line]:
    """`3×  import-feed  exit 22  curl: (22) 503  8m ago`, the newest first."""
    if not snapshot.errors:
        return [(Span("nothing has failed in the last day", "quiet"),)]
    newest = sorted(snapshot.errors, key=lambda group: -group.newest.ended_ms)
    message = max(4, width - 44)
    return [
        (
            Span(pad(f"{group.count}{look.sign('×')}", 5, right=True) + " "),
            Span(pad(cut(look.safe(group.tasks[0]), 14, look.ellipsis), 15)),
            Span(pad(cut(look.safe(cause(group.newest)), 12, look.ellipsis), 13), "bad"),
            Span(pad(cut(look.safe(group.newest.error_message), message, look.ellipsis), message + 1)),
            Span(f"{look.since(group.newest.ended_ms)} ago", "quiet"),
        )
        for group in newest
    ]
