"""JSON from strangers, read strictly: what every other program reads the same way, and nothing else (attack 30)."""

from __future__ import annotations

from qctl import json_text
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import finditer
    from typing import Any, Final, NoReturn
else:
    finditer = later("re", "finditer")

DEEPEST: Final = 200  #: lists and objects in each other, which every reader of a job's value can follow

_BRACKETS: Final = r'(?s)"(?:[^"\\]|\\.)*+"|([\[{])|([\]}])'
_INFINITE: Final = float("inf")


def parse(text: str) -> Any:
    """Read JSON.

    Raises ValueError with a reason: NaN and Infinity, a number beyond all that can be held, a name twice in an object,
    too deep, or no JSON.
    """
    if too_deep(text):
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    return json_text.loads(text, parse_constant=no_constant, parse_float=finite, object_pairs_hook=_each_once)


def is_readable(text: str) -> None:
    """As `parse`, of what is only to be kept; the last of two equal names counts, as in most programs."""
    if too_deep(text):
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    json_text.loads(text, parse_constant=no_constant, parse_float=finite)


def too_deep(text: str, most: int = DEEPEST) -> bool:
    """Whether lists and objects are nested deeper than that. Cheap for what has not even so many."""
    if text.count("[") + text.count("{") <= most:
        return False
    depth = 0
    for found in finditer(_BRACKETS, text):
        if found[1]:
            depth += 1
            if depth > most:
                return True
        elif found[2]:
            depth -= 1
    return False


def no_constant(name: str) -> NoReturn:
    """For a reader of JSON: refuse what Python writes and JSON does not know. Raises ValueError."""
    raise ValueError(f"{name} is no JSON number")


def finite(text: str) -> float:
    """For a reader of JSON: Python reads 1e999 as Infinity, and writes that, which is none. Raises ValueError."""
    number = float(text)
    if abs(number) == _INFINITE:
        raise ValueError(f"{text} is beyond what a number can hold")
    return number


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"`{name}` stands twice in an object")
        found[name] = value
    return found
