"""A job's output as lines, put together from chunks. Pure."""

from __future__ import annotations

from qctl.classes import dataclass, field, replace
from qctl.model.output import GAP
from qctl.model.show import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qctl.model.output import Chunk


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


def of_sane_length(line: Line, most: int = 2000) -> Line:
    """A line for people, who read no more of it than so many bytes."""
    return line if len(line.data) <= most else replace(line, data=line.data[: most - 3] + "…".encode())


def last_lines(chunks: Iterable[Chunk], most: int) -> list[str]:
    """The last lines that an attempt wrote, `most` of them; bytes that are no UTF-8 as surrogates. Gaps are none."""
    maker = LineMaker()
    lines = [line for chunk in chunks if chunk.stream != GAP for line in maker.add(chunk)] + list(maker.rest())
    return [line.data.decode("utf-8", "surrogateescape").rstrip("\r\n") for line in lines[-most:]]
