"""What a job writes, as lines for a screen. Pure."""

from __future__ import annotations

import re

from qctl.model.output import GAP, NOTE, STDERR, STDOUT
from qctl.model.show import clock_time
from qctl.tui.picture import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.watching import Snapshot
    from qctl.tui.look import Look
    from qctl.tui.picture import Line

_STYLES: Final = {STDOUT: "", STDERR: "warn", NOTE: "quiet"}
#: Colours, and the erasing of the rest of a line, say nothing that is missed where they are left out. Whatever else
#: would drive a terminal is made visible (attack 31).
_COLOURS: Final = re.compile(r"\x1b\[[0-9;:]*[mK]")


def output_lines(snapshot: Snapshot, look: Look, streams: str = "") -> list[Line]:
    """The output that a look has found, each line with the time at which it was begun, and in a workflow whose it is;
    stderr, notes and gaps in styles of their own. `streams` are those that are meant, or all.
    """
    lines: list[Line] = []
    begun: dict[tuple[str, str], tuple[int, bytes]] = {}  # of each stream, the line that has not ended yet
    for piece in snapshot.log:
        ms, stream, data = piece.chunk
        if streams and stream not in streams:
            continue
        if stream == GAP:
            lines.append((Span(f"{look.ellipsis} {int(data):,} bytes are not kept", "warn"),))
            continue
        at, before = begun.pop((piece.job, stream), (ms, b""))
        *whole, rest = (before + data).split(b"\n")
        name = snapshot.log_names.get(piece.job, "")
        for text in whole:
            lines.append(_line(text, at, stream, name, look))
            at = ms
        if rest:
            begun[piece.job, stream] = (at, rest)
    unended = [(text, at, stream, snapshot.log_names.get(job, "")) for (job, stream), (at, text) in begun.items()]
    return lines + [_line(*each, look) for each in unended]


def _line(data: bytes, ms: int, stream: str, name: str, look: Look) -> Line:
    """Of a line that was drawn over, as progress bars are, what stood there last."""
    text = _COLOURS.sub("", data.decode(errors="backslashreplace")).rstrip("\r").rpartition("\r")[2]
    when = clock_time(ms, look.zone, look.now_ms).rpartition(" ")[2]
    sign = look.sign(f"{_SIGNS[stream]} ") if stream in _SIGNS else ""
    who = f"{look.safe(name)} {look.sign('│')} " if name else ""
    return (Span(f"{when} ", "quiet"), Span(who + sign + look.safe(text), _STYLES.get(stream, "")))


_SIGNS: Final = {STDERR: "!", NOTE: "·"}  #: no stream is told by its colour alone
