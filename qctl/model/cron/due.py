"""One instant at which something is due."""

from __future__ import annotations

from datetime import datetime

from qctl.classes import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """An instant, and how it came to be one where clocks jump."""

    ms: int  #: since the epoch
    walls: tuple[datetime, ...] = ()  #: the naive local times that fell on it; more than one: they were merged (D2, D3)
    note: str = ""  #: what had to be decided, in one sentence without its full stop
