"""Jobs a line each, where a pane tells of several. Pure."""

from __future__ import annotations

from qctl.model.cells import cut, pad
from qctl.model.job_words import beside, due_of, ending, run_s, since_of, state_words, title_of
from qctl.model.show import duration
from qctl.model.state import State
from qctl.tui.look import steady
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.job import Job
    from qctl.tui.look import Look
    from qctl.tui.picture import Line

STYLES: Final = {"green": "ok", "red": "bad", "yellow": "warn", "cyan": "busy", "blue": "later"}
_ID: Final = 11
_STATE: Final = 12
_TITLE: Final = 24


def job_line(job: Job, look: Look, before: str = "", cells: int = _ID) -> Line:
    """`7kq2f  ● running  12m04s  backup-db`; `before` stands in front of it; the id has so many cells."""
    words, colour = state_words(job)
    return (
        Span(before),
        Span(pad(job.id, cells)),
        Span(pad(look.sign(words), _STATE), STYLES.get(colour, "")),
        Span(pad(look.safe(_since(job, look)), 8)),
        Span(pad(cut(look.safe(title_of(job)), _TITLE, look.ellipsis), _TITLE + 1)),
        Span(look.safe(_said(job)), "quiet"),
    )


def _since(job: Job, look: Look) -> str:
    """How long it runs or ran, in how long it is due, how long it waits."""
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        return f"in {steady((due - look.now_ms) / 1000)}"
    if job.state is State.RUNNING:
        return steady(run_s(job, look.now_ms) or 0)
    if job.ended:
        took = run_s(job, look.now_ms)
        return "" if took is None else duration(took)
    return look.since(since_of(job))


def _said(job: Job) -> str:
    """How it ended, or what it says of itself."""
    if job.ended:
        return f"{ending(job.last)} {beside(job.last)}".strip() if job.last else ""
    if job.state is not State.RUNNING:
        return ""
    done = "" if job.progress is None else f"{job.progress:.0%} "
    return f"{done}{job.progress_text or ''}".strip()
