"""The event feed: what scripts have announced, as far back as the capped stream reaches."""

from __future__ import annotations

from qctl.model.event import Event
from qctl.store.command import Command
from qctl.store.replies import pairs_of, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.store.store import Store

BEGIN: Final = "0-0"
NOW: Final = "+"
_BATCH: Final = 500
_SHORTEST_MS: Final = 20


class Feed:
    """The events of one namespace. A place in it is the id of the event that was read last."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._key = store.keys.events

    def end(self) -> str:
        """The place after the newest event."""
        newest = self._store.do(Command(("XREVRANGE", self._key, "+", "-", "COUNT", 1), _events))
        return newest[0].id if newest else BEGIN

    def newest(self, most: int, after: str = "") -> list[Event]:
        """The newest events, newest first: of those after a place, if there is one."""
        oldest = f"({after}" if after else "-"
        return self._store.do(Command(("XREVRANGE", self._key, "+", oldest, "COUNT", most), _events))

    def back(self, before: str, after: str) -> list[Event]:
        """The next events on the way back from a place (`NOW`: from the newest) to another one, newest first."""
        newest = before if before == NOW else f"({before}"
        words = ("XREVRANGE", self._key, newest, f"({after}", "COUNT", _BATCH)
        return self._store.do(Command(words, _events))

    def read(self, after: str) -> list[Event]:
        """The next events after a place; none at the end of what there is."""
        return self._store.do(Command(("XRANGE", self._key, f"({after}", "+", "COUNT", _BATCH), _events))

    def wait(self, after: str, seconds: float) -> list[Event]:
        """The next events after a place, waited for up to so many seconds, and for half of what Redis may take."""
        patience = max(_SHORTEST_MS, round(1000 * min(seconds, self._store.transport.timeout / 2)))
        words = ("XREAD", "COUNT", _BATCH, "BLOCK", patience, "STREAMS", self._key, after)
        return self._store.do(Command(words, _awaited))


def _awaited(reply: Any) -> list[Event]:
    return _events(reply[0][1]) if reply else []


def _events(reply: Sequence[Any]) -> list[Event]:
    return [_event(text(entry), dict(pairs_of(flat))) for entry, flat in reply]


def _event(entry: str, said: dict[str, Any]) -> Event:
    return Event(entry, text(said.get("verb", b"")), tuple(text(said.get("ids", b"")).split()))
