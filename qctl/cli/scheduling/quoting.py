"""Expressions whose `*` the shell has replaced by the names of files, because they stood in no quotes."""

from __future__ import annotations

import os

from qctl.model.cron import CronError, parse_cron

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

ADVICE: Final = "write it in quotes, or the shell fills in its *"


def advice(text: str) -> str:
    """What to do about an expression that cannot be read and names a file of this folder; empty: it names none."""
    named = next((word for word in text.split() if not word.isdecimal() and os.path.lexists(word)), None)
    return f"`{named}` is a file here: {ADVICE}" if named is not None and not _is_read(text) else ""


def _is_read(text: str) -> bool:
    try:
        parse_cron(text)
    except CronError:
        return False
    return True
