"""The newest events, look after look: those that are known are not read again."""

from __future__ import annotations

from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.client.happening import Happening
    from qctl.model.event import Event

_MOST: Final = 200


class Events:
    """Remembers the newest ones."""

    def __init__(self, happening: Happening) -> None:
        self._happening = happening
        self._known: deque[Event] = deque(maxlen=_MOST)  #: newest first

    def read(self) -> tuple[Event, ...]:
        """So many of the newest events as are kept, newest first. Raises QctlError."""
        after = self._known[0].id if self._known else ""
        new = self._happening.newest(_MOST, after)
        self._known.extendleft(reversed(new))
        return tuple(self._known)
