"""The event feed, an event a line: `events`."""

from __future__ import annotations

from qctl.model.cells import cut
from qctl.model.show import clock_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from qctl.cli.terminal import Look
    from qctl.model.event import Event


def events(found: Sequence[Event], look: Look) -> list[str]:
    """When, what, and which jobs; of many, as many as fit."""
    return [_line(event, look) for event in found]


def _line(event: Event, look: Look) -> str:
    at = clock_time(event.at_ms, look.zone, look.now_ms)
    many = f"{len(event.jobs):,} jobs  " if len(event.jobs) > 1 else ""
    line = look.safe(f"{at}  {event.type:<8}  {many}{' '.join(event.jobs)}")
    return line if look.width is None else cut(line, look.width, look.ellipsis)
