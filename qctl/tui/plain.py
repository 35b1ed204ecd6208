"""The screen as lines: one picture of it, or in words what is new each time."""

from __future__ import annotations

from collections.abc import Callable

from qctl.classes import replace
from qctl.clock import monotonic
from qctl.errors import QctlError
from qctl.model.show import clock_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from qctl.client.watching import Snapshot
    from qctl.tui.course import Course
    from qctl.tui.picture import Line, Picture
    from qctl.tui.reader import Looking

Paint = Callable[[str, str], str]  #: text and the name of its style, see `look.STYLES`


def once(course: Course, looking: Looking, paint: Paint) -> list[str]:
    """One look at an instance as lines. Raises QctlError."""
    course.take(looking.look(course.wanted()))
    course.take(looking.look(course.wanted()))  # by now the cursor is on a row, whose output is shown
    return lines_of(course.picture(), paint)


def changes(course: Course, looking: Looking, paint: Paint, wait: Callable[[], None]) -> Iterator[list[str]]:
    """All that the first look says, then of each look what tells something else than age; `wait` is done between.

    Each of these has the time of its look in front.
    """
    before: set[str] = set()
    begun_ms = 0
    while True:
        course.take(_look(course, looking))
        begun_ms = begun_ms or course.snapshot.now_ms
        told = course.spoken(begun_ms)
        at = f"{_time(course)} " if before else ""
        yield [f"{at}{_text(said.line, paint)}" for said in told if said.news not in before]
        before = {said.news for said in told}
        wait()


def in_words(course: Course, looking: Looking, paint: Paint) -> list[str]:
    """One look at an instance in words. Raises QctlError."""
    course.take(looking.look(course.wanted()))
    return [_text(said.line, paint) for said in course.spoken(course.snapshot.now_ms)]


def _time(course: Course) -> str:
    """When the newest look was, to the second."""
    look = course.look
    return clock_time(look.now_ms, look.zone, look.now_ms)


def _look(course: Course, looking: Looking) -> Snapshot:
    """A server that is away is told as such, and looked for again."""
    try:
        return looking.look(course.wanted())
    except QctlError as error:
        return replace(course.snapshot, taken=monotonic(), trouble=str(error).splitlines()[0])


def lines_of(picture: Picture, paint: Paint) -> list[str]:
    """A picture without its last line, the keys: there are none."""
    lines = [_text(line, paint) for line in picture.lines[:-1]]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _text(line: Line, paint: Paint) -> str:
    return "".join(paint(span.text, span.style) for span in _trimmed(line))


def _trimmed(line: Line) -> Line:
    """A line without the blanks at its end."""
    spans = list(line)
    while spans:
        *spans, last = spans
        if text := last.text.rstrip(" "):
            return (*spans, replace(last, text=text))
    return ()
