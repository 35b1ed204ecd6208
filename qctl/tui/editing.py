"""A line that is typed, key by key: letters, the arrows, and what shells have for words and ends of a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType

from qctl.classes import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.tui.screen import Prompt

_LONGEST: Final = 1000  #: letters
_WORD_BEFORE: Final = re.compile(r"\S*\s*$")
_WORD_AFTER: Final = re.compile(r"^\s*\S*")
_BREAKS: Final = re.compile(r"[\r\n\t\v\f]+")


def edited(prompt: Prompt, key: str, character: str | None) -> Prompt:
    """The line after a key; the same if it does nothing to a line."""
    if key in _EDITS:
        return _with(prompt, *_EDITS[key](*_parts(prompt)))
    return pasted(prompt, character) if character is not None and character.isprintable() else prompt


def pasted(prompt: Prompt, text: str) -> Prompt:
    """The line with a text at its cursor: on one line, and nothing of it is Enter."""
    before, after = ("", "") if prompt.proposed else _parts(prompt)
    kept = "".join(letter for letter in _BREAKS.sub(" ", text) if letter.isprintable())
    return _with(prompt, before + kept[: max(0, _LONGEST - len(before) - len(after))], after)


def _parts(prompt: Prompt) -> tuple[str, str]:
    """The text before the cursor, and what stands under and behind it."""
    at = max(0, len(prompt.text) - prompt.behind)
    return prompt.text[:at], prompt.text[at:]


def _with(prompt: Prompt, before: str, after: str) -> Prompt:
    return replace(prompt, text=before + after, behind=len(after), proposed=False)


def _moved(before: str, after: str, to: int) -> tuple[str, str]:
    text, at = before + after, max(0, min(to, len(before) + len(after)))
    return text[:at], text[at:]


def _word_begin(before: str) -> int:
    found = _WORD_BEFORE.search(before)
    return found.start() if found else 0


def _word_end(after: str) -> int:
    found = _WORD_AFTER.search(after)
    return found.end() if found else 0


_Edit = Callable[[str, str], tuple[str, str]]
_BY_NAME: Final[Mapping[tuple[str, ...], _Edit]] = {
    ("left", "ctrl+b"): lambda before, after: _moved(before, after, len(before) - 1),
    ("right", "ctrl+f"): lambda before, after: _moved(before, after, len(before) + 1),
    ("home", "ctrl+a"): lambda before, after: ("", before + after),
    ("end", "ctrl+e"): lambda before, after: (before + after, ""),
    ("ctrl+left",): lambda before, after: _moved(before, after, _word_begin(before)),
    ("ctrl+right",): lambda before, after: _moved(before, after, len(before) + _word_end(after)),
    ("backspace", "ctrl+h"): lambda before, after: (before[:-1], after),
    ("delete", "ctrl+d"): lambda before, after: (before, after[1:]),
    ("ctrl+w",): lambda before, after: (before[: _word_begin(before)], after),
    ("ctrl+u",): lambda before, after: (before[:0], after),
    ("ctrl+k",): lambda before, after: (before, after[:0]),
}
_EDITS: Final[Mapping[str, _Edit]] = MappingProxyType({key: edit for keys, edit in _BY_NAME.items() for key in keys})
