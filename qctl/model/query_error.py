"""A query that cannot be read, with a caret under the place and what is allowed there."""

from __future__ import annotations

from typing import Final

from qctl.errors import UsageError
from qctl.model.cells import fold, one_line, width

_ROOM: Final = 74  #: cells of the query that are shown
_WIDTH: Final = 66  #: cells of the texts around it: beside `error[Q002]: ` and `  help: ` no line is wider than 80


class BadQuery(UsageError):
    """{why}
    {shown}
    {caret}
    """

    help = "qctl help query        lists the fields, with examples"

    def __init__(self, text: str, begin: int, end: int, why: str, allowed: str = "") -> None:
        shown, caret = _pointed(text, begin, end)
        said = _folded(f"cannot read the query: {why}")
        more = {"help": f"{_folded(allowed)}\n{self.help}"} if allowed else {}
        super().__init__(why=said, shown=shown, caret=caret, **more)


def _folded(text: str) -> str:
    return "\n".join(fold(text, _WIDTH))


def _pointed(text: str, begin: int, end: int) -> tuple[str, str]:
    """The query on one line, and a line with carets under a part of it; of a long query what stands around that."""
    first = 0 if len(text) <= _ROOM else max(0, min(begin - _ROOM // 3, len(text) - _ROOM))
    head = "…" if first else ""
    before, part = head + one_line(text[first:begin]), one_line(text[begin:end])
    after = one_line(text[end : first + _ROOM]) + ("…" if len(text) > first + _ROOM else "")
    return before + part + after, " " * width(before) + "^" * max(1, min(width(part), _ROOM - width(before)))
