"""What somebody may have meant by a word that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

#: How much alike two words have to be: two letters changed places in one of four, or one of three is missing.
_ALIKE: Final = 0.7


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like this one, if any is alike; case, `-` and `_` do not count."""
    plain = {_plain(each): each for each in known}
    found = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=_ALIKE)
    return plain[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean `that`?`, or an empty text."""
    found = closest(word, known)
    return f", did you mean `{found}`?" if found else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
