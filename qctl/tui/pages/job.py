"""All about one job, as `qctl show` tells it."""

from __future__ import annotations

from qctl.model.report import Steps, report
from qctl.model.workflow.outline import outline
from qctl.model.workflow.picture import picture
from qctl.model.workflow.standing import tally
from qctl.tui.pages.scrolling import boxed
from qctl.tui.picture import Span
from qctl.tui.sheet import Sheet, spans_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.client.watching import JobSeen, Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import Screen


def job_page(screen: Screen, snapshot: Snapshot, look: Look, room: tuple[int, int]) -> list[Line]:
    """The report of the job that is open."""
    title = (Span(look.safe(screen.job), "title"), Span("  job", "quiet"))
    return boxed(title, job_lines(screen, snapshot, look, room[0] - 4), screen.scrolled, room, look)


def job_lines(screen: Screen, snapshot: Snapshot, look: Look, inside: int) -> list[Line]:
    """All of its lines in so many cells."""
    seen = snapshot.job
    if seen is None or seen.job.id != screen.job:
        said = "looking for it" if seen is not None or not snapshot.gone else "it is gone: kept no longer, or removed"
        return [(Span(said, "quiet"),)]
    sheet = Sheet(look, inside)
    lines = report(seen.job, seen.output, sheet, seen.around, _steps(seen, sheet))
    return [spans_of(line) for line in lines]


def _steps(seen: JobSeen, sheet: Sheet) -> Steps | None:
    """A workflow's tree."""
    flow = seen.workflow
    if flow is None:
        return None
    typical = {seen.job.call.task: seen.typical_s} if seen.typical_s is not None else {}
    lines = picture(outline(flow.nodes, flow.plan), flow, sheet, None, "    ", typical)
    return Steps(said=tally(flow).words, lines=lines, speaks=seen.speaks)
