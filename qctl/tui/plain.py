"""The screen as lines, where it cannot be drawn: once, or what is new of it each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from qctl.client.watching import Snapshot
from qctl.clock import monotonic
from qctl.errors import QctlError
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
    """The lines of the first look, then at each look those that were not there before; `wait` is done between."""
    before: set[str] = set()
    while True:
        course.take(_look(course, looking))
        lines = lines_of(course.picture(), paint)
        yield [line for line in lines if line and line not in before]
        before = set(lines)
        wait()


def _look(course: Course, looking: Looking) -> Snapshot:
    """A server that is away is told as such, and looked for again."""
    try:
        return looking.look(course.wanted())
    except QctlError as error:
        return replace(course.snapshot, taken=monotonic(), trouble=str(error).splitlines()[0])


def lines_of(picture: Picture, paint: Paint) -> list[str]:
    """A picture without its last line, the keys: there are none."""
    lines = ["".join(paint(span.text, span.style) for span in _trimmed(line)) for line in picture.lines[:-1]]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _trimmed(line: Line) -> Line:
    """A line without the blanks at its end."""
    spans = list(line)
    while spans:
        *spans, last = spans
        if text := last.text.rstrip(" "):
            return (*spans, replace(last, text=text))
    return ()
