"""The workers: where they run, what they read, how much of them is busy, when they were heard last."""

from __future__ import annotations

from typing import Any, Final

from qctl.client.terms import WorkerInfo
from qctl.client.watching import Snapshot
from qctl.model.show import count
from qctl.tui.look import Look, steady
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Screen
from qctl.tui.table import Column, Row, Rows
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane

_COLUMNS: Final = (
    Column("name", "WORKER", 0),
    Column("state", "STATE", 10),
    Column("host", "HOST", 12, from_width=60, wide=20),
    Column("pid", "PID", 8, right=True, from_width=110),
    Column("queues", "QUEUES", 14, from_width=76, wide=24),
    Column("slots", "SLOTS", 5, right=True),
    Column("running", "RUN", 4, right=True),
    Column("up", "UP", 7, right=True),
    Column("seen", "SEEN", 6, right=True, from_width=70),
)
_STATES: Final = {"working": "ok", "draining": "warn", "stopping": "warn"}


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    health = snapshot.health
    if health is None:
        return Rows()
    rows = [_row(worker, look, gone=False) for worker in health.workers]
    rows += [_row(worker, look, gone=True) for worker in health.gone]
    return arranged(sorted(rows, key=lambda row: row[1][0]), _COLUMNS, screen)


def _row(worker: WorkerInfo, look: Look, *, gone: bool) -> tuple[Row, tuple[Any, ...]]:
    about = worker.about
    state = "gone" if gone else str(about.get("phase") or "working")
    queues = ",".join(map(str, about.get("queues") or ())) or "every"
    up, seen = (look.now_ms - worker.since_ms) / 1000, (look.now_ms - worker.seen_ms) / 1000
    slots = int(about.get("slots") or 0)
    cells = (
        Span(look.safe(worker.label)),
        Span(look.safe(state), "bad" if gone else _STATES.get(state, "")),
        Span(look.safe(str(about.get("host") or ""))),
        Span(look.safe(str(about.get("pid") or ""))),
        Span(look.safe(queues)),
        Span(str(slots or "")),
        Span(str(len(worker.running))),
        Span(steady(up)),
        Span(steady(seen) if gone else "now"),
    )
    values = (worker.label, state, str(about.get("host")), str(about.get("pid")), queues, -slots, -len(worker.running))
    return Row(worker.id, cells), (*values, -up, -seen)


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    health = snapshot.health
    if health is None:
        return ()
    gone = (Span(f", {len(health.gone)} gone", "bad"),) if health.gone else ()
    return (Span(f"{count(len(health.workers), 'worker')}, {health.running:,} jobs run"), *gone)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    known = (*snapshot.health.workers, *snapshot.health.gone) if snapshot.health is not None else ()
    worker = next((each for each in known if row is not None and each.id == row.key), None)
    if worker is None:
        return Pane()
    about = worker.about
    facts = [("Version", str(about.get("version") or "?")), ("File", str(about.get("file") or "none"))]
    facts += [("Problem", str(about["problem"]))] if about.get("problem") else []
    facts += [("Runs", " ".join(worker.running) or "nothing")]
    lines = tuple((Span(f"{name:<9}", "quiet"), Span(look.safe(text))) for name, text in facts)
    return Pane((Span(look.safe(worker.label), "title"), Span(f"  {look.safe(worker.id)}", "quiet")), (), lines)


WORKERS: Final = Drawn(
    title="Workers",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="no worker is there: qctl up -d starts one",
)
