"""How answers are read, of scripts and of plain commands: flat lists of words become values."""

from __future__ import annotations

from qctl import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


def text(word: Any) -> str:
    """A word; what is no UTF-8 in it is shown by its number, for one such name must not hide all others."""
    return word.decode(errors="backslashreplace") if isinstance(word, bytes) else str(word)


def same(reply: Any) -> Any:
    """The answer as it came."""
    return reply


def texts(reply: Sequence[Any]) -> list[str]:
    return [text(word) for word in reply]


def number_in(word: Any) -> int:
    """A counter; 0 if there is none, or somebody has written something else there."""
    return int(word) if word and text(word).isdecimal() else 0


def count_and_more(reply: Sequence[Any]) -> tuple[int, bool]:
    return int(reply[0]), bool(int(reply[1]))


def pairs_of(flat: Sequence[Any]) -> Iterable[tuple[str, Any]]:
    return ((text(name), value) for name, value in zip(flat[::2], flat[1::2], strict=True))


def fields(flat: Sequence[Any]) -> dict[str, Any]:
    """What tells names with their values, as HGETALL does."""
    return dict(pairs_of(flat))


def read_ms(reply: Sequence[Any]) -> int:
    """The answer of TIME, in ms since the epoch."""
    return int(reply[0]) * 1000 + int(reply[1]) // 1000


def said_in(word: Any) -> dict[str, Any]:
    """An object that was kept as JSON; empty if there is none, or somebody has written something else there."""
    try:
        said = json_text.loads(word) if word else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
