"""What a job writes, as lines for a screen. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from qctl.client.following import LogPiece
from qctl.model.output import GAP, NOTE, STDERR, STDOUT
from qctl.model.show import clock_time
from qctl.tui.look import Look
from qctl.tui.picture import Line, Span

_STYLES: Final = {STDOUT: "", STDERR: "warn", NOTE: "quiet"}


def output_lines(pieces: Sequence[LogPiece], look: Look) -> list[Line]:
    """A job's output, each line with the time at which it was begun; stderr, notes and gaps in styles of their own."""
    lines: list[Line] = []
    begun: dict[str, tuple[int, str]] = {}  # of each stream, the line that has not ended yet
    for piece in pieces:
        ms, stream, data = piece.chunk
        if stream == GAP:
            lines.append((Span(f"{look.ellipsis} {int(data):,} bytes are not kept", "warn"),))
            continue
        at, before = begun.pop(stream, (ms, ""))
        *whole, rest = (before + data.decode(errors="backslashreplace")).split("\n")
        for text in whole:
            lines.append(_line(text, at, stream, look))
            at = ms
        if rest:
            begun[stream] = (at, rest)
    return lines + [_line(text, at, stream, look) for stream, (at, text) in begun.items()]


def _line(text: str, ms: int, stream: str, look: Look) -> Line:
    """Of a line that was drawn over, as progress bars are, what stood there last."""
    when = clock_time(ms, look.zone, look.now_ms).rpartition(" ")[2]
    return (Span(f"{when} ", "quiet"), Span(look.safe(text.rstrip("\r").rpartition("\r")[2]), _STYLES[stream]))
