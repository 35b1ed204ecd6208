"""What a report tells of a job that does not stand in the job's own record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

HISTORY_DAYS: Final = 30  #: that are counted, as far as jobs are kept


@dataclass(frozen=True, slots=True)
class History:
    """How the task's jobs ended in the last HISTORY_DAYS, this one included."""

    ok: int = 0
    bad: int = 0  #: ended otherwise: failed, timed out, lost, cancelled, expired or skipped
    last_ok_ms: int | None = None  #: when the newest that succeeded, other than this one, ended
    last_ok_run_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """All of it."""

    server: str = ""
    held: str = ""  #: what holds its queue back
    awaited: Sequence[str] = ()  #: the jobs that it still waits for
    dependents: Sequence[str] = ()  #: the jobs that wait for it
    skipped: Sequence[str] = ()  #: the jobs that waited for it and do not run because of its end
    history: History | None = None
    next_run_ms: int | None = None  #: when its schedule is due next
    lines: int | None = None  #: of output to show; None: as the width allows
