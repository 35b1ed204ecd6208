"""Stretches of the past that a command is about: `--since`, and where it ends."""

from __future__ import annotations

from qctl.errors import UsageError
from qctl.model.local_time import full
from qctl.model.when import since as begin_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import tzinfo
    from typing import Final

    from qctl.cli.session import Session

DAY: Final = "24h"


def stretch(since: str | None, until: str | None, here: Session, zone: tzinfo) -> tuple[int | None, int | None]:
    """Begin and end in ms since the epoch, where they were given, which is echoed in full.

    Raises UsageError if nothing can lie between them.
    """
    begin = None if since is None else begin_of(since, here.err.now, zone)
    end = None if until is None else begin_of(until, here.err.now, zone)
    if begin is not None and begin.at > here.err.now:
        raise UsageError(f"--since {begin.echo(here.err.now)} is still to come", help="qctl help dates")
    if begin is not None and end is not None and begin.at > end.at:
        raise UsageError(f"--since {full(begin.at)} comes after --until {full(end.at)}", help="qctl help dates")
    here.echo([(word, moment) for word, moment in (("since", begin), ("until", end)) if moment])
    return begin.ms if begin else None, end.ms if end else None


def begin_ms(since: str | None, here: Session, zone: tzinfo) -> int:
    """The begin of a stretch up to now, in ms since the epoch; of a day, if nobody said. Raises UsageError."""
    if since is None:
        return begin_of(DAY, here.err.now, zone).ms
    found, _ = stretch(since, None, here, zone)
    return found or 0
