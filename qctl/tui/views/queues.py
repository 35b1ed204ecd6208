"""The queues: how many wait, run, are held back; how fast they fill and empty; who has paused them."""

from __future__ import annotations

from typing import Final

from qctl.client.asking import Health
from qctl.client.terms import Pause, Queue
from qctl.client.watching import Rates, Snapshot
from qctl.model.show import clock_time, count
from qctl.tui.look import Look, steady
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Screen
from qctl.tui.table import Column, Row, Rows
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane

COLUMNS: Final = (
    Column("name", "QUEUE", 0),
    Column("ready", "READY", 7, right=True),
    Column("run", "RUN", 5, right=True),
    Column("eta", "ETA", 5, right=True, from_width=50),
    Column("held", "HELD", 5, right=True, from_width=56),
    Column("oldest", "OLDEST", 7, right=True),
    Column("in", "IN/m", 6, right=True, from_width=66),
    Column("out", "OUT/m", 6, right=True, from_width=66),
    Column("workers", "WORKERS", 7, right=True, from_width=60),
    Column("", "PAUSED", 12, from_width=70, wide=30),
)


def queue_rows(snapshot: Snapshot, look: Look) -> list[tuple[Row, tuple[object, ...]]]:
    """A row for each queue, with the values by which its columns are sorted."""
    health = snapshot.health
    return [_row(queue, health, snapshot.rates, look) for queue in health.queues] if health is not None else []


def _row(queue: Queue, health: Health, rates: Rates | None, look: Look) -> tuple[Row, tuple[object, ...]]:
    readers = sum(worker.reads(queue.name) for worker in health.workers)
    oldest = None if queue.oldest_ms is None else health.now_ms - queue.oldest_ms
    flow_in = (rates.enqueued_per_minute if rates else {}).get(queue.name, 0.0)
    flow_out = (rates.ended_per_minute if rates else {}).get(queue.name, 0.0)
    unread = bool(queue.ready) and not readers
    pause = health.paused.get(queue.name.partition("@")[0]) or health.paused.get("*")
    cells = (
        Span(look.safe(queue.name)),
        Span(f"{queue.ready:,}"),
        Span(f"{queue.running:,}"),
        Span(f"{queue.scheduled:,}"),
        Span(f"{queue.parked:,}"),
        Span(look.sign("–") if oldest is None else steady(oldest / 1000)),
        Span(rate(flow_in)),
        Span(rate(flow_out)),
        Span("none!" if unread else str(readers), "bad" if unread else ""),
        Span(look.safe(pause_words(pause, look)), "warn"),
    )
    values = (queue.name, -queue.ready, -queue.running, -queue.scheduled, -queue.parked, -(oldest or 0))
    return Row(queue.name, cells), (*values, -flow_in, -flow_out, -readers)


def rate(per_minute: float) -> str:
    """How many a minute."""
    return f"{per_minute:.1f}" if 0 < per_minute < 9.95 else f"{per_minute:,.0f}"


def pause_words(pause: Pause | None, look: Look) -> str:
    """Who has paused it, until when, and why."""
    if pause is None:
        return ""
    until = f" until {clock_time(pause.until_ms, look.zone, look.now_ms)}" if pause.until_ms else ""
    return f"by {pause.by or 'somebody'}{until}" + (f": {pause.reason}" if pause.reason else "")


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    return arranged(queue_rows(snapshot, look), COLUMNS, screen)


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    health = snapshot.health
    if health is None:
        return ()
    return (Span(f"{count(len(health.queues), 'queue')}, {health.ready:,} ready, {health.running:,} running"),)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    if row is None or snapshot.health is None:
        return Pane()
    queue = next((each for each in snapshot.health.queues if each.name == row.key), None)
    if queue is None:
        return Pane()
    limits = [f"{_LIMITS.get(name, name)} {value}" for name, value in queue.rule.items()]
    facts = [("Limits", ", ".join(limits) or "none")]
    if pause := snapshot.health.paused.get(queue.name.partition("@")[0]) or snapshot.health.paused.get("*"):
        facts.append(("Paused", pause_words(pause, look)))
    facts += [("Read by", ", ".join(w.label for w in snapshot.health.workers if w.reads(queue.name)) or "no worker")]
    lines = tuple((Span(f"{name:<9}", "quiet"), Span(look.safe(text))) for name, text in facts)
    return Pane((Span(look.safe(row.key), "title"), Span("  queue", "quiet")), (), lines[: room[1]])


_LIMITS: Final = {"running": "max_running", "rate": "rate_limit", "length": "max_length"}

QUEUES: Final = Drawn(
    title="Queues",
    columns=COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="no queue has held a job yet: qctl run TASK",
)
