"""The workers: where they run, what they read, how much of them is busy, when they were heard last."""

from __future__ import annotations

from qctl.model.show import count, duration
from qctl.tui.look import steady
from qctl.tui.picture import Span
from qctl.tui.table import Column, Row, Rows
from qctl.tui.views.job_lines import job_line
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane, fact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.client.terms import WorkerInfo
    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen

_COLUMNS: Final = (
    Column("name", "WORKER", 0),
    Column("state", "STATE", 9),
    Column("busy", "BUSY", 7, right=True),
    Column("queues", "QUEUES", 16, from_width=58, wide=26),
    Column("host", "HOST", 12, from_width=74, wide=20),
    Column("pid", "PID", 7, right=True, from_width=100),
    Column("version", "VERSION", 8, from_width=100),
    Column("up", "UP", 6, right=True),
    Column("seen", "SEEN", 5, right=True),
)
_STATES: Final = {"idle": "ok", "working": "ok", "draining": "warn", "stopping": "warn", "gone": "bad"}
_QUIET_MS: Final = 15_000  #: without a heartbeat for so long, a worker may be in trouble


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    health = snapshot.health
    if health is None:
        return Rows()
    rows = [_row(worker, look, gone=False) for worker in health.workers]
    rows += [_row(worker, look, gone=True) for worker in health.gone]
    return arranged(sorted(rows, key=lambda row: row[1][0]), _COLUMNS, screen)


def _row(worker: WorkerInfo, look: Look, *, gone: bool) -> tuple[Row, tuple[Any, ...]]:
    about, state = worker.about, "gone" if gone else worker.doing
    names = about.get("only") or about.get("queues") or ()
    queues = ("only " if about.get("only") else "") + ",".join(map(str, names)) if names else "every"
    up, seen_ms = (look.now_ms - worker.since_ms) / 1000, look.now_ms - worker.seen_ms
    host, pid, version = (str(about.get(name) or "") for name in ("host", "pid", "version"))
    cells = (
        Span(look.safe(worker.label)),
        Span(state, _STATES[state]),
        Span(f"{len(worker.running)}/{about.get('slots') or '?'}", "busy" if worker.running else ""),
        Span(look.safe(queues)),
        Span(look.safe(host)),
        Span(look.safe(pid)),
        Span(look.safe(version)),
        Span(steady(up)),
        Span(steady(seen_ms / 1000), "bad") if gone or seen_ms > _QUIET_MS else Span("now"),
    )
    values = (worker.label, state, -len(worker.running), queues, host, int(pid) if pid.isdecimal() else 0, version)
    return Row(worker.id, cells), (*values, -up, -seen_ms)


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    health = snapshot.health
    if health is None:
        return ()
    gone = (Span(f", {len(health.gone)} gone", "bad"),) if health.gone else ()
    return (Span(f"{count(len(health.workers), 'worker')}, {count(health.running, 'job')} running"), *gone)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    known = (*snapshot.health.workers, *snapshot.health.gone) if snapshot.health is not None else ()
    worker = next((each for each in known if row is not None and each.id == row.key), None)
    if worker is None:
        return Pane()
    beside = snapshot.beside
    jobs = beside.jobs if beside is not None and beside.subject.key == worker.id else ()
    lines = [*_problems(worker, look), *(job_line(job, look) for job in jobs)]
    if len(lines) > room[1]:
        lines = [*lines[: room[1] - 1], (Span(f"{look.ellipsis} {len(worker.running):,} in all", "quiet"),)]
    if not worker.running:
        lines.append(fact("Runs", "nothing", look))
    lines += _facts(worker, look)
    title = (Span(look.safe(worker.label), "title"), Span("  runs" if jobs else "  worker", "quiet"))
    return Pane(title, (Span(look.safe(worker.id), "quiet"),), tuple(lines[: room[1]]))


def _problems(worker: WorkerInfo, look: Look) -> list[Line]:
    """What is wrong with it."""
    about = worker.about
    lines = [fact("Problem", str(about["problem"]), look, "bad")] if about.get("problem") else []
    broken = about.get("broken")
    if isinstance(broken, dict) and broken:
        name, why = next(iter(broken.items()))
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        lines.append(fact("Broken", f"{name}: {why}{more}", look, "bad"))
    return lines


def _facts(worker: WorkerInfo, look: Look) -> list[Line]:
    about = worker.about
    scale = about.get("autoscale")
    slots = f"{about.get('slots') or '?'} slots" + (f" of {scale[0]}-{scale[1]}" if scale else "")
    seconds = (look.now_ms - worker.since_ms) // 1000
    up = duration(seconds if seconds < 60 else seconds // 60 * 60)
    said = f"qctl {about.get('version') or '?'}, pid {about.get('pid') or '?'}, {slots}, up {up}"
    return [fact("Process", said, look), fact("File", str(about.get("file") or "none"), look)]


WORKERS: Final = Drawn(
    title="Workers",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="no worker is there: qctl up -d starts one",
)
