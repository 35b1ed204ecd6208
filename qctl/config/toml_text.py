"""Keys and values as TOML is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")  #: a key, or a part of one, that needs no quotes
UNFIT: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")  #: may stand on a line only escaped
_UNFIT_IN_LINES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def key_text(key: str) -> str:
    """A key, quoted where it has to be."""
    return key if BARE_KEY.fullmatch(key) else literal(key)


def literal(value: Any) -> str:
    """A value on one line; tables become inline tables."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key_text(key)} = {literal(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        if ('"' in value or "\\" in value) and "'" not in value and not UNFIT.search(value):
            return f"'{value}'"
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def block(value: Any) -> str:
    """A value on one line, or a text of several in as many."""
    several = isinstance(value, str) and "\n" in value and not _UNFIT_IN_LINES.search(value)
    if several and "'''" not in value and not value.endswith("'"):
        return f"'''\n{value}'''"
    return literal(value)
