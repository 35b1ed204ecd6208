"""A job's output over the whole screen: followed or scrolled, cut or wrapped, of one stream or both."""

from __future__ import annotations

from collections.abc import Sequence

from qctl.client.watching import Snapshot
from qctl.model.cells import fold
from qctl.tui import frame
from qctl.tui.look import Look
from qctl.tui.output import output_lines
from qctl.tui.picture import Line, Span, line_width
from qctl.tui.screen import LogView, Screen


def log_page(screen: Screen, snapshot: Snapshot, look: Look, room: tuple[int, int]) -> list[Line]:
    """The newest lines, or those `back` before them."""
    width, height = room
    log, seen = screen.log, max(1, height - 2)
    lines = shown_lines(screen, snapshot, look, width - 4)
    back = min(log.back, max(0, len(lines) - seen))
    end = len(lines) - back
    chosen = lines[max(0, end - seen) : end] or [(Span("no output yet", "quiet"),)]
    state = "follows" if log.follow and not back else f"{back} below"
    title = (Span(screen.job, "title"), Span("  output", "quiet"))
    more = f"{snapshot.log_dropped:,} older lines: qctl logs {screen.job}  " if snapshot.log_dropped else ""
    words = (Span(more, "warn"), Span(f"{len(lines):,} lines  {state}{_ways(log)}", "quiet"))
    return frame.box(title, words, chosen, width, height, look)


def shown_lines(screen: Screen, snapshot: Snapshot, look: Look, width: int) -> list[Line]:
    """All lines of the stream that is looked at, as they stand on the screen."""
    log = screen.log
    pieces = [piece for piece in snapshot.log if not log.stream or piece.chunk.stream in (log.stream, "g", "n")]
    lines = output_lines(pieces, look)
    if log.wrap:
        lines = [part for line in lines for part in _wrapped(line, width)]
    return [_marked(line, log.find) for line in lines] if log.find else lines


def found_at(lines: Sequence[Line], text: str) -> list[int]:
    """Which lines hold the text, case aside."""
    sought = text.lower()
    return [at for at, line in enumerate(lines) if sought in "".join(span.text for span in line).lower()]


def _ways(log: LogView) -> str:
    return (f"  {'stdout' if log.stream == 'o' else 'stderr'}" if log.stream else "") + (
        "  wrapped" if log.wrap else ""
    )


def _wrapped(line: Line, width: int) -> list[Line]:
    if line_width(line) <= width or len(line) != 2:
        return [line]
    time, text = line
    parts = fold(text.text, max(10, width - line_width((time,))))
    margin = Span(" " * line_width((time,)))
    return [(time if at == 0 else margin, Span(part, text.style)) for at, part in enumerate(parts)]


def _marked(line: Line, sought: str) -> Line:
    """The line with what is sought in another style."""
    spans: list[Span] = []
    for span in line:
        rest, low = span.text, sought.lower()
        while (at := rest.lower().find(low)) >= 0:
            spans += [Span(rest[:at], span.style), Span(rest[at : at + len(low)], "cursor")]
            rest = rest[at + len(low) :]
        spans.append(Span(rest, span.style))
    return tuple(span for span in spans if span.text)
