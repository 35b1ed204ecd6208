"""Where a key belongs that stands in the wrong table."""

from __future__ import annotations

from qctl.config.keys import LIMITS, OUTPUT, TABLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

_MOST: Final = 2  #: places that a key may have: one that could stand in more says nothing
_BY_PLACE: Final[Mapping[str, Mapping[str, Any]]] = {
    **{f"[{name}]": keys for name, keys in TABLES.items() if name not in ("routes", "defaults")},
    "[tasks.NAME.limits]": LIMITS,
    "[tasks.NAME.output]": OUTPUT,
}


def where_it_belongs(key: str) -> str:
    """`it belongs in [qctl]`, or an empty text: of a key that no table knows, or one that many do."""
    places = [place for place, keys in _BY_PLACE.items() if key in keys]
    return f"it belongs in {' or '.join(places)}" if 0 < len(places) <= _MOST else ""
