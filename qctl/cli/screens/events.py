"""The event feed, an event a line: `events`."""

from __future__ import annotations

from qctl.cli.grid import NARROW
from qctl.model.cells import cut, wrapped
from qctl.model.show import clock_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.cli.terminal import Look
    from qctl.model.event import Event


_LINES: Final = 3  #: of an event on a narrow terminal


def events(found: Sequence[Event], look: Look) -> list[str]:
    """When, what, and which jobs; of many, as many as fit. On a narrow terminal some go on below."""
    return [line for event in found for line in _lines(event, look)]


def _lines(event: Event, look: Look) -> list[str]:
    at = clock_time(event.at_ms, look.zone, look.now_ms)
    many = f"{len(event.jobs):,} jobs  " if len(event.jobs) > 1 else ""
    line = look.safe(f"{at}  {event.type:<8}  {many}{' '.join(event.jobs)}")
    if look.width is None:
        return [line]
    if look.width >= NARROW:
        return [cut(line, look.width, look.ellipsis)]
    return wrapped(cut(line, _LINES * (look.width - 2), look.ellipsis), look.width)
