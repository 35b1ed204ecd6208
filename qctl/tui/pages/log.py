"""A job's output over the whole screen: followed or scrolled, cut or wrapped, of one stream or both."""

from __future__ import annotations

import re

from qctl.model.cells import fold
from qctl.model.output import GAP, NOTE
from qctl.tui import frame
from qctl.tui.output import output_lines
from qctl.tui.picture import Span, line_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line
    from qctl.tui.screen import LogView, Screen


def log_page(screen: Screen, snapshot: Snapshot, look: Look, room: tuple[int, int]) -> list[Line]:
    """The newest lines, or those `back` before them; the edges say which, of how many, and how they are looked at."""
    width, height = room
    log, seen = screen.log, max(1, height - 2)
    lines = shown_lines(screen, snapshot, look, width - 4)
    end = len(lines) - min(log.back, max(0, len(lines) - seen))
    first = max(0, end - seen)
    title = (Span(look.safe(screen.job), "title"), Span(f"  output{_ways(log)}", "quiet"))
    found = (Span(f"{len(found_at(lines, log.find)):,} with {look.safe(log.find)}  ", "warn"),) if log.find else ()
    where = (*found, Span(_where(first, end, len(lines), log), "quiet"))
    return frame.box(title, where, lines[first:end] or [_nothing(snapshot, look)], width, height, look)


def _where(first: int, end: int, total: int, log: LogView) -> str:
    """Which lines are seen."""
    if not total:
        return "follows" if log.follow else ""
    at_end = ("follows" if log.follow else "end") if end == total else f"{total - end:,} below"
    return f"{first + 1:,}-{end:,} of {total:,}  {at_end}"


def _nothing(snapshot: Snapshot, look: Look) -> Line:
    """Why there is nothing to be seen."""
    return (Span("looking for it" if snapshot.health is None else "no output so far", "quiet"),)


def shown_lines(screen: Screen, snapshot: Snapshot, look: Look, width: int) -> list[Line]:
    """All lines of the stream that is looked at, as they stand on the screen; first what is not here."""
    log = screen.log
    lines = output_lines(snapshot, look, log.stream + GAP + NOTE if log.stream else "")
    if snapshot.log_dropped:
        said = f"{look.ellipsis} {snapshot.log_dropped:,} older lines are not here: qctl logs {look.safe(screen.job)}"
        lines.insert(0, (Span(said, "warn"),))
    if log.wrap:
        lines = [part for line in lines for part in _wrapped(line, width)]
    return [_marked(line, log.find) for line in lines] if log.find else lines


def found_at(lines: Sequence[Line], text: str) -> list[int]:
    """Which lines hold the text, case aside."""
    if not text:
        return []
    sought = _pattern(text)
    return [at for at, line in enumerate(lines) if sought.search("".join(span.text for span in line))]


def _ways(log: LogView) -> str:
    stream = {"o": "  stdout alone", "e": "  stderr alone"}.get(log.stream, "")
    return stream + ("  wrapped" if log.wrap else "")


def _wrapped(line: Line, width: int) -> list[Line]:
    """The line in parts, those that follow the first one below its text."""
    if line_width(line) <= width or len(line) != 2:
        return [line]
    time, text = line
    margin = line_width((time,))
    if width < 3 * margin:
        margin = 0
    parts = fold(text.text, width - line_width((time,)))
    return [(time if at == 0 else Span(" " * margin), Span(part, text.style)) for at, part in enumerate(parts)]


def _marked(line: Line, sought: str) -> Line:
    """The line with what is sought in another style."""
    spans: list[Span] = []
    for span in line:
        for at, part in enumerate(re.split(f"({_pattern(sought).pattern})", span.text, flags=re.IGNORECASE)):
            spans.append(Span(part, "cursor" if at % 2 else span.style))
    return tuple(span for span in spans if span.text)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text), re.IGNORECASE)
