"""Lines of a crontab that set a variable, read as cron's env.c reads them (I5, I6)."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_BLANKS: Final = " \t\f\v\r"
_NAME: Final = re.compile(r"""(?:(['"])(?P<quoted>(?:(?!\1)[^=])*)\1|(?P<plain>[^\s='"][^\s=]*|(?==)))[ \t\f\v\r]*=""")


def read_variable(line: str, *, empty: bool = False) -> tuple[str, str] | None:
    """The name and value that a line sets, or None if it is none of these. Quotes that match are taken away.

    `empty`: this cron takes `NAME=` for an empty value; Debian's does not.
    """
    found = _NAME.match(line)
    if found is None:
        return None
    name = found["quoted"] if found["quoted"] is not None else found["plain"]
    value = line[found.end() :].lstrip(_BLANKS)
    if value[:1] in ("'", '"'):
        inner, closed, rest = value[1:].partition(value[0])
        return (name, inner) if closed and not rest.strip(_BLANKS) else None
    value = value.rstrip(_BLANKS)
    return (name, value) if value or empty else None
