"""The jobs: those that run, wait, or have failed lately; below, what the one under the cursor writes."""

from __future__ import annotations

from qctl.model.call import Kind
from qctl.model.job_words import NOTHING, due_of, ending, run_s, since_of, state_words, title_of, tries
from qctl.model.show import clock_time, ordinal
from qctl.model.state import Outcome, State
from qctl.model.view import wait_seconds
from qctl.tui.look import steady
from qctl.tui.output import output_lines
from qctl.tui.picture import Span
from qctl.tui.table import Column, Row, Rows, counted
from qctl.tui.views.job_lines import STYLES
from qctl.tui.views.viewing import Drawn, Pane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching import JobPage, Snapshot
    from qctl.model.job import Job
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen

_BAR: Final = 8
_PROGRESS: Final = 13  #: cells of the column

_COLUMNS: Final = (
    Column("id", "ID", 9, wide=10),
    Column("task", "TASK", 0),
    Column("state", "STATE", 11),
    Column("queue", "QUEUE", 8, from_width=70, wide=10),
    Column("priority", "PRI", 3, right=True, from_width=74),
    Column("try", "TRY", 4, from_width=60),
    Column("enqueued", "ENQUEUED", 9, from_width=116),
    Column("wait", "WAIT", 6, right=True, from_width=116),
    Column("age", "AGE", 6, right=True),
    Column("worker", "WORKER", 9, from_width=116),
    Column("", "PROGRESS", _PROGRESS, from_width=76, wide=16),
)


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    page = snapshot.page
    return Rows(tuple(_row(job, page, look) for job in page.jobs), page.first, page.total, page.cut, page.bounded)


def _row(job: Job, page: JobPage, look: Look) -> Row:
    words, colour = state_words(job)
    waited = wait_seconds(job)
    cells = (
        job.id,
        look.safe(title_of(job)),
        Span(look.sign(words), STYLES.get(colour, "")),
        look.safe(job.queue),
        str(job.priority),
        look.sign(tries(job)),
        clock_time(job.enqueued_ms, look.zone, look.now_ms).rpartition(" ")[2],
        look.sign(NOTHING) if waited is None else steady(waited),
        look.sign(_age(job, look)),
        look.safe(job.worker or "") or look.sign(NOTHING),
        _progress(job, page, look),
    )
    return Row(job.id, tuple(cell if isinstance(cell, Span) else Span(cell) for cell in cells))


def _age(job: Job, look: Look) -> str:
    """Of a running job how long it runs, of others how long ago they were asked for, or ended."""
    if job.state is State.RUNNING and (ran := run_s(job, look.now_ms)) is not None:
        return steady(ran)
    if job.state is State.SCHEDULED:
        return NOTHING
    return look.since(job.ended_ms if job.ended_ms is not None else since_of(job))


def _progress(job: Job, page: JobPage, look: Look) -> Span:
    if job.call.kind is Kind.WORKFLOW and (counted := (page.counted or {}).get(job.id)) is not None:
        fraction = counted.done / counted.total if counted.total else 0.0
        said = f" {counted.done}/{counted.total}"
        return Span(
            look.bar(fraction, max(0, min(_BAR, _PROGRESS - len(said)))) + (said if look.bars else said.lstrip())
        )
    if job.state is State.RUNNING and job.progress is not None:
        return Span(
            f"{look.bar(job.progress, _BAR)} {round(100 * job.progress):>3}%"
            if look.bars
            else f"{round(100 * job.progress)}%"
        )
    if job.state is State.RUNNING:
        return Span(look.safe(job.progress_text or "") or look.sign(NOTHING))
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        return Span(f"in {steady((due - look.now_ms) / 1000)}")
    if job.state is State.QUEUED and (place := (page.places or {}).get(job.id)):
        return Span(f"{ordinal(place)} in queue")
    if job.last is not None and job.outcome not in (None, Outcome.SUCCEEDED):
        return Span(look.safe(ending(job.last)), "bad")
    return Span(look.sign(NOTHING))


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    page = snapshot.page
    said = () if page.words else (Span("active, and what failed  ", "quiet"),)
    return (*said, Span(f"first {page.total:,}" if page.bounded else counted(page.total, more=page.cut)))


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    if row is None:
        return Pane()
    job = next((job for job in snapshot.page.jobs if job.id == row.key), None)
    title = (Span(row.key, "title"), Span(f" {look.safe(title_of(job)) if job else ''}"))
    lines = output_lines(snapshot, look)
    live = " (live)" if job and job.state is State.RUNNING else ""
    shown = tuple(lines[-room[1] :]) or ((Span("no output" + (" yet" if job and not job.ended else ""), "quiet"),),)
    return Pane((*title, Span(f"  log{live}", "quiet")), (Span("l", "key"), Span(" full screen", "quiet")), shown)


JOBS: Final = Drawn(
    title="Jobs",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="nothing waits or runs, and nothing has failed lately: qctl run TASK",
)
