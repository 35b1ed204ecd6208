"""What happens, as a stream: the events that are kept, and those to come."""

from __future__ import annotations

from qctl.errors import RedisBusy, RedisUnreachable
from qctl.store.feed import BEGIN, NOW, Feed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from typing import Final

    from qctl.errors import QctlError
    from qctl.model.event import Event
    from qctl.store import Store

_LOOK: Final = 1.0  #: seconds for which events are waited for at once
_PAUSE: Final = 0.2  #: seconds between the tries to reach a Redis that is away


class Happening:
    """The events of one instance."""

    def __init__(self, store: Store) -> None:
        self._feed = Feed(store)

    def past(self, after: str | None = None) -> Iterator[Event]:
        """The events that are kept, oldest first: all, or those after a place."""
        place = after or BEGIN
        while events := self._feed.read(place):
            yield from events
            place = events[-1].id

    def newest(self, most: int, after: str = "") -> list[Event]:
        """So many of the newest events, newest first: of those after the one of this id, if there is one."""
        return self._feed.newest(most, after)

    def before_newest(self, most: int, types: Container[str], after: str | None = None) -> str:
        """The place right before so many of the newest events of these types; if there are fewer, before all.

        With `after` only what is after this place counts.
        """
        begin, place, left = after or BEGIN, NOW, most
        while events := self._feed.back(place, begin):
            for event in events:
                if left == 0:
                    return event.id
                left -= event.type in types
            place = events[-1].id
        return begin

    def follow(
        self, after: str | None, pause: Callable[[float], None], away: Callable[[QctlError | None], None]
    ) -> Iterator[Event]:
        """The events after a place, or those from now on, for ever.

        A Redis that goes away is waited for, however long, and no event is told twice or left out that it still knows
        of; `away` is told why, once, and None when it is back. Raises RedisUnreachable if it is away from the start.
        """
        place = self._feed.end() if after is None else after
        trouble: QctlError | None = None
        while True:
            try:
                events = self._feed.wait(place, _LOOK)
            except (RedisUnreachable, RedisBusy) as error:
                if trouble is None:
                    away(error)
                trouble = error
                pause(_PAUSE)
                continue
            if trouble is not None:
                away(None)
                trouble = None
            yield from events
            place = events[-1].id if events else place


def place_before(since_ms: int | None) -> str:
    """The place right before an instant; None: before all that is kept."""
    return BEGIN if since_ms is None or since_ms <= 0 else f"{since_ms - 1}-{2**64 - 1}"
