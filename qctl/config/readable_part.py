"""Of a file that is no TOML the part that can be read, where that is all it says of [qctl]."""

from __future__ import annotations

import re

from qctl.config import keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

#: The first word of what is, or was to be, the header of a table.
_HEADER: Final = re.compile(r"""[ \t]*\[\[?[ \t]*["']?([A-Za-z0-9_-]+)["']?[ \t]*(?:[\].#]|$)""")


def readable_part(text: str, line: int) -> str | None:
    """What stands before the table that goes wrong in a line, counted from 1.

    None if the rest may say something of [qctl], or begins with a table that nobody knows, which may be meant for it.
    """
    lines = text.splitlines(keepends=True)
    headers = list(_headers(lines))
    begin = max((number for number, _ in headers if number <= line), default=None)
    if begin is None:
        return None
    rest = {root for number, root in headers if number >= begin}
    return "".join(lines[: begin - 1]) if rest <= {*keys.ROOTS} - {"qctl"} else None


def _headers(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        if found := _HEADER.match(line.rstrip()):
            yield number, found[1]
