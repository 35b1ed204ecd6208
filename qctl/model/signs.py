"""Our own signs where a terminal knows nothing beyond ASCII. Not for text of others. Pure."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

#: A sign and what stands for it.
_PLAIN: Final = str.maketrans(
    {
        "✔": "ok",
        "✗": "FAIL",
        "●": "run",
        "○": "wait",
        "↻": "retry",
        "◷": "eta",
        "⊘": "off",
        "▸": ">",
        "·": "-",
        "–": "-",
        "—": "-",
        "…": "~",
        "×": "x",
        "│": "|",
        "├": "|",
        "└": "`",
        "┬": "+",
        "─": "-",
        "█": "#",
        "░": ".",
        "→": "->",
    }
)
_DRAWN: Final = str.maketrans({"┌": "+", "═": "="})


def in_ascii(text: str) -> str:
    """A sign with its word: the word that stands for the sign, once if both are the same."""
    first, _, rest = text.translate(_PLAIN).partition(" ")
    return rest if f"{rest} ".startswith(f"{first} ") else f"{first} {rest}" if rest else first


def drawing_in_ascii(text: str) -> str:
    """Text of several lines with drawings in it."""
    return text.translate(_PLAIN).translate(_DRAWN).encode("ascii", "backslashreplace").decode()
