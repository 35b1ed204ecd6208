"""What somebody may have meant by a word that is not known."""

from __future__ import annotations

from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from difflib import get_close_matches
    from typing import Final
else:
    get_close_matches = later("difflib", "get_close_matches")

#: How much alike two words have to be: two letters changed places in one of four, or one of three is missing.
_ALIKE: Final = 0.7
_NEARLY: Final = 0.8  #: the same of a part of one
_LEAST_TYPED: Final = 3  #: letters of a word in which one may be another
_LEAST: Final = 4  #: letters of a word that may be a part of one


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that has the same letters, or is most like this one, if any is; case, `-` and `_` do not count."""
    plain = {_plain(each): each for each in known}
    same = [each for each in plain if sorted(each) == sorted(_plain(word))]  # `rnu`: too short to be alike otherwise
    found = same or _one_letter_off(_plain(word), plain) or get_close_matches(_plain(word), plain, n=1, cutoff=_ALIKE)
    return plain[found[0]] if found else _by_a_part(_plain(word), plain)


def _one_letter_off(word: str, plain: Iterable[str]) -> list[str]:
    """The only known word in which one letter is another: `rum` is `run`, and not `rm`."""
    found = [each for each in plain if len(each) == len(word) >= _LEAST_TYPED and sum(map(str.__ne__, each, word)) == 1]
    return found if len(found) == 1 else []


def _by_a_part(word: str, plain: Mapping[str, str]) -> str | None:
    """The only one of several words whose first, or another, is nearly this: `bakcup` for `backup-db`."""
    parts = {each: each.replace(".", "_").split("_") for each in plain}
    known = {part for words in parts.values() for part in words}
    found = get_close_matches(word, known, n=1, cutoff=_NEARLY) if len(word) >= _LEAST else []
    meant = [each for each, words in parts.items() if found and found[0] in words]
    return plain[meant[0]] if len(meant) == 1 else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean `that`?`, or an empty text."""
    found = closest(word, known)
    return f", did you mean `{found}`?" if found else ""


def _plain(word: str) -> str:
    return word.lower().replace("-", "_")
