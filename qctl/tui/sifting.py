"""What the filter of failures is: QUERY of the jobs behind them if it names a field, else words of their rows. Pure."""

from __future__ import annotations

import re

from qctl.model.query_fields import COMPARED, FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_HEAD: Final = re.compile(r"(?:^|[\s(-])([A-Za-z_]+)[:<>](?!\s)")


def is_query(text: str) -> bool:
    """Whether it names a field; `curl: (22)` does not, for there is none of that name, nor does `error: no space`."""
    return any(found[1] in FIELDS or found[1] in COMPARED for found in _HEAD.finditer(text))


def failures_sought(text: str) -> str:
    """The part of a filter of failures that is read for: all of a query, nothing of words, which are found in rows."""
    return text if is_query(text) else ""
