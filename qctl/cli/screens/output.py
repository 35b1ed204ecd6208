"""A job's output by lines: harmless on a terminal, exact in a pipe."""

from __future__ import annotations

from qctl.model.cells import cut, visible, width
from qctl.model.output import GAP, NOTE, STDERR, STDOUT
from qctl.model.show import clock_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.cli.terminal import Look
    from qctl.model.lines import Line


def line_for_people(
    line: Line, look: Look, *, timestamps: bool = False, prefix: str = "", room: int | None = None
) -> str:
    """A line for a terminal: unable to drive it (case L5), stderr told apart by colour and, with a prefix, by sign.

    With a `room` it takes no more than so many cells.
    """
    text = visible(line.data.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r"), keep="\t")
    if not look.unicode:
        text = text.encode("ascii", "backslashreplace").decode()
    head = _head(line, look, timestamps, prefix)
    if room is not None:
        text = cut(text.expandtabs(), max(0, room - width(head)), look.ellipsis)
    body = look.paint(text, _COLOURS.get(line.stream, ""))
    return look.paint(head, "dim") + body


def line_for_programs(line: Line, look: Look, *, timestamps: bool = False, prefix: str = "") -> bytes:
    """A line for a pipe: byte by byte as it was written, after what was asked to stand before it."""
    head = _head(line, look, timestamps, prefix).encode("utf-8", "surrogateescape")
    return head + line.data if line.data.endswith(b"\n") or not head else head + line.data + b"\n"


def line_as_json(job: str, attempt: int, line: Line, rfc3339: str) -> dict[str, object]:
    """A line as `qctl.line/1`. Bytes that are no UTF-8 stand as their escapes."""
    return {
        "schema": "qctl.line/1",
        "id": job,
        "attempt": attempt,
        "at": rfc3339,
        "stream": _NAMES[line.stream],
        "text": line.data.decode("utf-8", "backslashreplace").removesuffix("\n"),
    }


_COLOURS = {STDERR: "yellow", NOTE: "dim", GAP: "dim"}
_NAMES = {STDOUT: "stdout", STDERR: "stderr", NOTE: "qctl", GAP: "gap"}


def _head(line: Line, look: Look, timestamps: bool, prefix: str) -> str:
    parts = [clock_time(line.at_ms, look.zone, look.now_ms, exact=True)] if timestamps else []
    parts += [look.safe(prefix)] if prefix else []
    sign = ("!" if line.stream == STDERR else "-" if line.stream in (NOTE, GAP) else look.sign("│")) if parts else ""
    return " ".join([*parts, sign, ""]) if parts else ""
