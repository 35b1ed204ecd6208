"""A traceback's text, found again at the end of what a job has written on stderr."""

from __future__ import annotations

import re
from typing import Final

_BEGINS: Final = re.compile(r"^(?:  \+ Exception Group )?Traceback \(most recent call last\):$", re.MULTILINE)
#: What stands between an exception and the one that it led to.
_JOINED: Final = (
    "\nThe above exception was the direct cause of the following exception:\n\n",
    "\nDuring handling of the above exception, another exception occurred:\n\n",
)


def last_traceback(said: str, kind: str) -> str | None:
    """The last traceback, from that of the first exception that led to it; None if it is not one of a class `kind`.

    Others that the job has written before, as logging does, are not a part of it.
    """
    starts = [found.start() for found in _BEGINS.finditer(said)]
    if not starts or not _tells_of(said[starts[-1] :], kind):
        return None
    at = starts.pop()
    while starts and said[:at].endswith(_JOINED):
        at = starts.pop()
    return said[at:]


def _tells_of(block: str, kind: str) -> bool:
    """Whether a traceback ends with an exception of this class, written with its module or without."""
    bare = kind.rpartition(".")[2]
    lines = (line.removeprefix("  | ") for line in block.splitlines())
    return any(line.partition(":")[0].rpartition(".")[2] == bare for line in lines if line[:1] not in ("", " "))
