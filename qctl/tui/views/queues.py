"""The queues: how many wait, run, are held back; how fast they fill and empty; who has paused them."""

from __future__ import annotations

from qctl.model.rules import rate_words
from qctl.model.show import clock_time, count
from qctl.tui.look import steady
from qctl.tui.picture import Span
from qctl.tui.table import Column, Row
from qctl.tui.views.job_lines import job_line
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane, fact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.health import Health
    from qctl.client.terms import Pause, Queue
    from qctl.client.watching import Rates, Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen
    from qctl.tui.table import Rows

OLD_MS: Final = 300_000  #: a job that has waited so long in its queue is worth a warning

COLUMNS: Final = (
    Column("name", "QUEUE", 12, wide=26),
    Column("ready", "READY", 6, right=True),
    Column("run", "RUN", 4, right=True),
    Column("eta", "ETA", 4, right=True, from_width=56),
    Column("held", "HELD", 4, right=True, from_width=76),
    Column("oldest", "OLDEST", 8, right=True, from_width=46),
    Column("in", "IN/m", 5, right=True, from_width=66),
    Column("out", "OUT/m", 5, right=True, from_width=66),
    Column("state", "STATE", 0),
)


def queue_rows(snapshot: Snapshot, look: Look) -> list[tuple[Row, tuple[object, ...]]]:
    """A row for each queue, with the values by which its columns are sorted."""
    health = snapshot.health
    return [_row(queue, health, snapshot.rates, look) for queue in health.queues] if health is not None else []


def _row(queue: Queue, health: Health, rates: Rates | None, look: Look) -> tuple[Row, tuple[object, ...]]:
    oldest = None if queue.oldest_ms is None else health.now_ms - queue.oldest_ms
    flow_in = (rates.enqueued_per_minute if rates else {}).get(queue.name, 0.0)
    flow_out = (rates.ended_per_minute if rates else {}).get(queue.name, 0.0)
    state = _state(queue, health, look)
    cells = (
        Span(look.safe(queue.name)),
        Span(f"{queue.ready:,}"),
        Span(f"{queue.running:,}"),
        Span(f"{queue.scheduled:,}"),
        Span(f"{queue.parked:,}", "warn" if queue.parked else ""),
        _oldest(oldest, look),
        Span(rate(flow_in)),
        Span(rate(flow_out)),
        state,
    )
    values = (queue.name, -queue.ready, -queue.running, -queue.scheduled, -queue.parked, -(oldest or 0))
    return Row(queue.name, cells), (*values, -flow_in, -flow_out, state.text)


def _oldest(waited_ms: int | None, look: Look) -> Span:
    """How long the job waits that is next; too long is marked."""
    if waited_ms is None:
        return Span(look.sign("–"))
    said = steady(waited_ms / 1000)
    return Span(f"{said} {look.sign('⚠')}", "warn") if waited_ms > OLD_MS else Span(said)


def _state(queue: Queue, health: Health, look: Look) -> Span:
    """What keeps its jobs from being started, else who starts them."""
    if pause := pause_of(queue, health):
        return Span(look.safe(f"paused {pause_words(pause, look)}"), "warn")
    readers = sum(worker.reads(queue.name) for worker in health.workers)
    if not readers:
        return Span("no worker", "bad" if queue.ready else "")
    length = queue.rule.get("length")
    if length and queue.ready + queue.scheduled + queue.parked >= int(length):
        return Span("full", "bad")
    if queue.parked:
        return Span("at its limit", "warn")
    return Span(count(readers, "worker"), "quiet")


def rate(per_minute: float) -> str:
    """How many a minute."""
    return f"{per_minute:.1f}" if 0 < per_minute < 9.95 else f"{per_minute:,.0f}"


def pause_of(queue: Queue, health: Health) -> Pause | None:
    """Its own pause, or that of all queues."""
    return health.paused.get(queue.name.partition("@")[0]) or health.paused.get("*")


def pause_words(pause: Pause, look: Look) -> str:
    """Who has paused it, until when, and why."""
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
    health = snapshot.health
    queue = next((each for each in health.queues if row and each.name == row.key), None) if health else None
    if queue is None or health is None:
        return Pane()
    pause, limits = pause_of(queue, health), limit_words(queue)
    lines = [fact("Paused", pause_words(pause, look), look, "warn")] if pause else []
    lines += [fact("Limits", limits, look)] if limits else []
    beside = snapshot.beside
    jobs = beside.jobs if beside is not None and beside.subject.key == queue.name else ()
    lines += [job_line(job, look) for job in jobs[: room[1] - len(lines)]]
    if len(lines) < room[1]:
        readers = ", ".join(worker.label for worker in health.workers if worker.reads(queue.name))
        lines.append(fact("Read by", readers or "no worker: qctl up -d starts one", look, "" if readers else "bad"))
    title = (Span(look.safe(queue.name), "title"), Span("  starts next" if jobs else "  queue", "quiet"))
    return Pane(title, (Span(look.key("⏎"), "key"), Span(" its jobs", "quiet")), tuple(lines))


def limit_words(queue: Queue) -> str:
    """`max_running 6, rate_limit 10/m`; empty if it has no limit."""
    rule = queue.rule
    named = (("max_running", rule.get("running")), ("rate_limit", rate_words(rule)), ("max_length", rule.get("length")))
    return ", ".join(f"{name} {value}" for name, value in named if value)


QUEUES: Final = Drawn(
    title="Queues",
    columns=COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="no queue has held a job yet: qctl run TASK",
)
