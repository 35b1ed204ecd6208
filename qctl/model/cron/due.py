"""One instant at which something is due."""

from __future__ import annotations

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Due:
    """An instant, and how it came to be one where clocks jump."""

    ms: int  #: since the epoch
    walls: tuple[datetime, ...] = ()  #: the naive local times that fell on it; more than one: they were merged (D2, D3)
    note: str = ""  #: what had to be decided, in one sentence without its full stop
