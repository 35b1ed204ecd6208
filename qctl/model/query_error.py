"""A query that cannot be read, with a caret under the place and what is allowed there."""

from __future__ import annotations

from typing import Final

from qctl.errors import UsageError
from qctl.model.cells import one_line, width

_ROOM: Final = 74  #: cells of the query that are shown


class BadQuery(UsageError):
    """cannot read the query: {why}
    {shown}
    {caret}
    """

    help = "qctl help query        lists the fields, with examples"
    folded = True  # a line that the terminal breaks would be taken for a part of the query

    def __init__(self, text: str, begin: int, end: int, why: str, allowed: str = "") -> None:
        shown, caret = _pointed(text, begin, end)
        more = {"help": f"{allowed}\n{self.help}"} if allowed else {}
        super().__init__(why=why, shown=shown, caret=caret, **more)


def _pointed(text: str, begin: int, end: int) -> tuple[str, str]:
    """The query on one line, and a line with carets under a part of it; of a long query what stands around that."""
    first = 0 if len(text) <= _ROOM else max(0, min(begin - _ROOM // 3, len(text) - _ROOM))
    head = "…" if first else ""
    before, part = head + one_line(text[first:begin]), one_line(text[begin:end])
    after = one_line(text[end : first + _ROOM]) + ("…" if len(text) > first + _ROOM else "")
    return before + part + after, " " * width(before) + "^" * max(1, min(width(part), _ROOM - width(before)))
