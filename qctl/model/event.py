"""What has happened in a namespace: one event for each script that changed jobs."""

from __future__ import annotations

from typing import NamedTuple

from qctl.clock import rfc3339
from qctl.model.state import MOVES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

SCHEMA: Final = "qctl.event/1"
BROKEN: Final = "broken"  #: records that nobody could read were set aside
REPAIRED: Final = "repaired"  #: these jobs stood nowhere, and were put back to where their state says
UNTOLD: Final = "untold"  #: notices about these jobs were dropped: in a day no worker had their notify name
PRIORITISE: Final = "prioritise"  #: these jobs have another priority now
TYPES: Final = (*MOVES, PRIORITISE, BROKEN, REPAIRED, UNTOLD)


class Event(NamedTuple):
    """A move of jobs."""

    id: str  #: time and number: a later event has a greater one
    type: str  #: a verb of MOVES, PRIORITISE, BROKEN, REPAIRED or UNTOLD
    jobs: tuple[str, ...]  #: their ids

    @property
    def at_ms(self) -> int:
        """When it happened, server time in ms since the epoch."""
        return int(self.id.partition("-")[0])


def event_view(event: Event) -> dict[str, Any]:
    """An event as `qctl.event/1`."""
    return {
        "schema": SCHEMA,
        "id": event.id,
        "at": rfc3339(event.at_ms),
        "type": event.type,
        "jobs": list(event.jobs),
    }
