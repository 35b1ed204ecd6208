"""The schedules, the next one first: when, in how long, what came of the last run."""

from __future__ import annotations

from qctl.model.job_words import run_s
from qctl.model.occurrence import End
from qctl.model.show import clock_time, count, duration
from qctl.model.verdict import TROUBLE, Verdict
from qctl.tui.picture import Span
from qctl.tui.table import Column, Row
from qctl.tui.views.due_words import disabled_words, expression, last_run, until, when
from qctl.tui.views.listing import arranged
from qctl.tui.views.viewing import Drawn, Pane, fact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.client.fleet import Known
    from qctl.client.watching import Snapshot
    from qctl.model.job import Job
    from qctl.model.occurrence import Occurrence
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen
    from qctl.tui.table import Rows

_COLUMNS: Final = (
    Column("when", "WHEN", 12, wide=19),
    Column("in", "IN", 7, right=True),
    Column("name", "NAME", 0),
    Column("", "SCHEDULE", 14, from_width=58, wide=26),
    Column("last", "LAST", 17, from_width=74, wide=24),
    Column("state", "STATE", 8),
)
_NEVER: Final = 1 << 62
_STYLES: Final = {Verdict.OFF: "quiet", Verdict.OVER: "quiet", Verdict.PAUSED: "warn", Verdict.LATE: "warn"}
_ENDS: Final = {End.FIRED: "ok", End.MISSED: "bad", End.BROKEN: "bad"}


def _rows(snapshot: Snapshot, screen: Screen, look: Look) -> Rows:
    known = snapshot.fleet.schedules if snapshot.fleet is not None else ()
    rows = sorted((_row(each, snapshot, look) for each in known), key=lambda row: row[1][:3])
    return arranged(rows, _COLUMNS, screen)


def _row(known: Known, snapshot: Snapshot, look: Look) -> tuple[Row, tuple[Any, ...]]:
    due, verdict = snapshot.next_ms.get(known.name), known.standing.verdict
    standing = "disabled" if known.state.disabled else str(verdict)
    cells = (
        Span(look.sign("–") if due is None else when(due, look)),
        Span(look.sign("–") if due is None else until(due, look)),
        Span(look.safe(known.name)),
        Span(look.safe(expression(known, look.zone))),
        last_run(known, look),
        Span(standing, "bad" if verdict in TROUBLE and verdict is not Verdict.LATE else _STYLES.get(verdict, "ok")),
    )
    late = _NEVER if due is None else due
    return Row(known.name, cells), (late, late, known.name, "", -(known.state.last_at_ms or 0), standing)


def _note(snapshot: Snapshot, screen: Screen, look: Look) -> Line:
    fleet = snapshot.fleet
    if fleet is None or not fleet.schedules:
        return ()
    bad = sum(known.standing.verdict in TROUBLE for known in fleet.schedules)
    beats = Span("  no beat", "bad") if not fleet.beats else Span(f"  {count(len(fleet.beats), 'beat')}")
    trouble = (Span(f", {bad} in trouble", "bad"),) if bad else ()
    return (Span(count(len(fleet.schedules), "schedule")), *trouble, beats)


def _pane(snapshot: Snapshot, screen: Screen, row: Row | None, look: Look, room: tuple[int, int]) -> Pane:
    schedules = snapshot.fleet.schedules if snapshot.fleet is not None else ()
    known = next((each for each in schedules if row is not None and each.name == row.key), None)
    if known is None:
        return Pane()
    lines = _trouble(known, look)
    beside = snapshot.beside
    if beside is not None and beside.subject.key == known.name:
        jobs = {job.id: job for job in beside.jobs}
        lines += [_occurrence(each, jobs.get(each.job), look) for each in beside.ledger[: room[1] - len(lines)]]
    one = known.schedule
    if one is not None:
        lines.append(fact("Runs", f"{one.task}, overlap {one.overlap}, catchup {one.catchup}, {one.timezone}", look))
    right = (Span(look.safe(f"{one.file}:{one.line}"), "quiet"),) if one is not None and one.file else ()
    title = (Span(look.safe(known.name), "title"), Span("  its last instants", "quiet"))
    return Pane(title, right, tuple(lines[: room[1]]))


def _trouble(known: Known, look: Look) -> list[Line]:
    """Why it starts nothing, or does not stand well."""
    if known.state.disabled is not None:
        return [fact("Disabled", disabled_words(known.state.disabled, look), look, "warn")]
    if known.standing.why:
        return [fact("Stands", f"{known.standing.verdict}, {known.standing.why}", look, "bad")]
    return []


def _occurrence(row: Occurrence, job: Job | None, look: Look) -> Line:
    """`14:00:11  fired   7knzz04a  failed  21s`."""
    since = "" if row.since_ms is None else f" {row.count:,} since {clock_time(row.since_ms, look.zone, look.now_ms)}"
    hand = " by hand" if row.manual else ""
    spans = [
        Span(f"{clock_time(row.at_ms, look.zone, look.now_ms):<14} "),
        Span(f"{row.end}{hand}{since}  ", _ENDS.get(row.end, "warn")),
    ]
    if row.end is not End.FIRED:
        return (*spans, Span(look.safe(" ".join(filter(None, (row.job, row.note)))), "quiet"))
    spans.append(Span(f"{row.job}  "))
    if job is None:
        return (*spans, Span("kept no longer", "quiet"))
    said = str(job.outcome or job.state)
    took = run_s(job, look.now_ms)
    bad = job.ended and job.outcome not in ("succeeded", "cancelled")
    spans.append(Span(said, "bad" if bad else "ok" if job.ended else "busy"))
    return (*spans, Span("" if took is None else f"  {duration(took)}"))


SCHEDULE: Final = Drawn(
    title="Schedule",
    columns=_COLUMNS,
    rows=_rows,
    note=_note,
    pane=_pane,
    empty="no schedule is declared: qctl schedule add TASK '30 2 * * *'",
)
