"""The lines that reports are made of: a head, and blocks of a label with a text. Pure."""

from __future__ import annotations

from qctl.model.cells import cut, fold, pad, width, wrapped
from qctl.model.job_words import due_of, run_s, since_of, state_words, title_of
from qctl.model.show import age, count, duration
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.job import Job
    from qctl.model.page import Page

_INDENT: Final = 13  #: where the texts of the blocks begin
_NARROW: Final = 70  #: cells; on a page of less, the begin of a line would say too little
LONGEST: Final = 2000  #: cells of a line where a line is as long as it takes


def head(job: Job, look: Page) -> list[str]:
    """What it is about: a title, the id, how it stands and since when; on a narrow page a title has its own line."""
    state, colour = state_words(job)
    said, when = _standing(job, look)
    title = look.safe(title_of(job))
    right = f"{look.sign(state.split(' ')[0])} {said}"
    room = (look.width or 80) - width(right) - width(when) - 4
    if room < len(job.id):
        when, room = "", room + width(when) + 2
    # Of a long pipeline the text gives way: the id is what the next command needs.
    room = max(room, len(job.id))
    own = _is_narrow(look) and width(title) > room - len(job.id) - 2
    above = [look.paint(fitted(title, look), "bold")] if own else []
    title = "" if own else cut(title, max(0, room - len(job.id) - 2), look.ellipsis)
    left = f"{title}  {job.id}" if title else job.id
    gap = " " * max(2, room + 2 - width(left))
    return [*above, f"{look.paint(left, 'bold')}{gap}{look.paint(right, colour)}  {when}".rstrip()]


def _is_narrow(look: Page) -> bool:
    return look.width is not None and look.width < _NARROW


def _standing(job: Job, look: Page) -> tuple[str, str]:
    """How it stands in words, and since when."""
    if job.ended:
        attempts = f" after {count(job.attempt, 'attempt')}" if job.attempt > 1 else ""
        return f"{job.outcome}{attempts}", f"{age((look.now_ms - (job.ended_ms or 0)) / 1000)} ago"
    if job.state is State.RUNNING:
        return "stopping" if job.cancelling else "running", duration(run_s(job, look.now_ms) or 0)
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        word = "retry" if job.attempt else "scheduled"
        return word, f"in {duration(max(0.0, (due - look.now_ms) / 1000))}"
    return str(job.state), f"for {age((look.now_ms - since_of(job)) / 1000)}"


def label(text: str, look: Page) -> list[str]:
    """A line that says what stands below it."""
    return [look.paint(line, "dim") for line in folded(f"  {text}", look)]


def block(name: str, text: str, look: Page) -> list[str]:
    """`  Label      text`, the text folded below itself."""
    said = look.safe(look.sign(text))
    parts = fold(said, look.width - _INDENT) if look.width else [said]
    first, *more = parts
    return [look.paint(pad(f"  {name}", _INDENT), "dim") + first, *(" " * _INDENT + part for part in more)]


def folded(line: str, look: Page) -> list[str]:
    """A line that is no wider than the page: on a narrow one in as many as that takes, else cut."""
    if look.width is None or not _is_narrow(look):
        return [fitted(line, look)]
    return wrapped(line, look.width, " " * (len(line) - len(line.lstrip(" ")) + 2))


def fitted(line: str, look: Page) -> str:
    """A line that is no wider than the page."""
    return cut(line, look.width or LONGEST, look.ellipsis)
