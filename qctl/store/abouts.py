"""What workers and beats say of themselves, read as from strangers: whoever may write to Redis may write nonsense.

What is no object is an empty one, and what is of another kind than it should be is left out.
"""

from __future__ import annotations

from qctl.model.units import LATEST_MS
from qctl.store.replies import said_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

_TEXTS: Final = ("label", "host", "start", "boot", "version", "phase", "catalog", "of_file", "file", "problem")
_NUMBERS: Final = ("pid", "slots", "stale_since_ms", "skew_ms", "lease")
_LISTS: Final = ("queues", "only", "autoscale")
_OBJECTS: Final[Mapping[str, type]] = {"weights": int, "broken": str}  #: and of what kind all values in it are
_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    **dict.fromkeys(_TEXTS, str),
    **dict.fromkeys(_NUMBERS, (int, float)),
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(_OBJECTS, dict),
}


def about_in(word: Any) -> dict[str, Any]:
    """What a worker or a beat says of itself, as far as it makes sense."""
    return {name: value for name, value in said_in(word).items() if _makes_sense(name, value)}


def _makes_sense(name: str, value: Any) -> bool:
    kind = _KINDS.get(name)
    if value is None or kind is None:
        return True
    if not isinstance(value, kind) or isinstance(value, bool):
        return False
    if isinstance(value, list):
        return all(isinstance(each, int if name == "autoscale" else str) for each in value)
    if isinstance(value, dict):
        return all(isinstance(each, _OBJECTS[name]) for each in value.values())
    # Python takes NaN and Infinity for JSON, too.
    return abs(value) <= LATEST_MS if isinstance(value, int | float) else True
