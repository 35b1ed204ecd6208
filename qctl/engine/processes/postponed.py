"""Stops for jobs that no slot has begun yet: each meets its job when that begins, and goes with its end."""

from __future__ import annotations

from qctl.engine.processes.events import Finished, SlotDied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from qctl.engine.processes.events import Event
    from qctl.engine.processes.table import Stop


class Postponed:
    """Those of one pool, by the attempts that they are for. False: there are none."""

    def __init__(self) -> None:
        self._stops: dict[tuple[str, int], Stop] = {}

    def __bool__(self) -> bool:
        return bool(self._stops)

    def keep(self, key: tuple[str, int], stop: Stop) -> None:
        """Keep a stop until its job begins. The latest counts."""
        self._stops[key] = stop

    def take(self, key: tuple[str, int]) -> Stop | None:
        """The stop for a job, which is not kept any more; None if there is none."""
        return self._stops.pop(key, None)

    def forget_ended(self, events: Iterable[Event]) -> None:
        """Let go the stops of jobs that have ended, or died with their slots."""
        for event in events:
            if isinstance(event, Finished):
                self.take((event.id, event.fence))
            elif isinstance(event, SlotDied) and event.running is not None:
                self.take(event.running)
