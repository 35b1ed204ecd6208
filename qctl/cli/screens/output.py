"""A job's output as lines: put together from chunks, harmless on a terminal, exact in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from qctl.cli.terminal import Look
from qctl.model.cells import visible
from qctl.model.output import GAP, NOTE, STDERR, STDOUT, Chunk
from qctl.model.show import clock_time, size


@dataclass(frozen=True, slots=True)
class Line:
    """One line that a job wrote, or the part of it that is there."""

    at_ms: int  #: when its first byte was written
    stream: str  #: of `qctl.model.output`
    data: bytes  #: with its newline, if it has one


@dataclass(slots=True)
class LineMaker:
    """Puts lines together from chunks; a line that is not complete waits, for each stream apart."""

    _open: dict[str, Line] = field(default_factory=dict)

    def add(self, chunk: Chunk) -> Iterator[Line]:
        """Take a chunk and give the lines that it completes."""
        at_ms, stream, data = chunk
        if stream == GAP:
            yield Line(at_ms, stream, f"[{size(int(data or b'0'))} of output dropped here]\n".encode())
            return
        *whole, rest = data.split(b"\n")
        for part in whole:
            yield self._continued(at_ms, stream, part + b"\n")
        if rest:
            self._open[stream] = self._continued(at_ms, stream, rest)

    def _continued(self, at_ms: int, stream: str, data: bytes) -> Line:
        before = self._open.pop(stream, None)
        return Line(at_ms, stream, data) if before is None else Line(before.at_ms, stream, before.data + data)

    def rest(self) -> Iterator[Line]:
        """Give what is left, without a newline: nothing more comes (case L9)."""
        yield from sorted(self._open.values(), key=lambda line: line.at_ms)
        self._open.clear()


def line_for_people(line: Line, look: Look, *, timestamps: bool = False, prefix: str = "") -> str:
    """A line for a terminal: unable to drive it (case L5), stderr told apart by colour and, with a prefix, by sign."""
    text = visible(line.data.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r"), keep="\t")
    if not look.unicode:
        text = text.encode("ascii", "backslashreplace").decode()
    head = _head(line, look, timestamps, prefix)
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
