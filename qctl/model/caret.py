"""A place in a text that somebody typed, shown on one line with carets under it."""

from __future__ import annotations

from qctl.model.cells import one_line, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_ROOM: Final = 74  #: cells of the text that are shown


def pointed(text: str, begin: int, end: int) -> tuple[str, str]:
    """The text on one line, and a line with carets under a part of it; of a long text what stands around that."""
    first = 0 if len(text) <= _ROOM else max(0, min(begin - _ROOM // 3, len(text) - _ROOM))
    head = "…" if first else ""
    before, part = head + one_line(text[first:begin]), one_line(text[begin:end])
    after = one_line(text[end : first + _ROOM]) + ("…" if len(text) > first + _ROOM else "")
    return before + part + after, " " * width(before) + "^" * max(1, min(width(part), _ROOM - width(before)))
