"""Where a quote or bracket was opened that nobody closed: a parser notices it at the end of the file only."""

from __future__ import annotations

import re

import tomli

_STATEMENT = re.compile(r"""^[ \t]*(?:\[|[\w."'-]+[ \t]*=)""", re.MULTILINE)


def opened_at(text: str) -> tuple[int, int]:
    """The line and column of the statement with which a text stops being TOML.

    Found by halves: what stands before that statement can be parsed, what ends after it cannot.
    """
    starts = [match.start() for match in _STATEMENT.finditer(text)]
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_toml(text[: starts[middle]]) else (low, middle)
    start = starts[low] if starts else 0
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _is_toml(text: str) -> bool:
    try:
        tomli.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
