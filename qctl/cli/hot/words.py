"""Plain words of the hot commands, read as the full parser reads them; what is odd about others is that one's matter.

Where this answers, the full parser would have answered the same: a test feeds hundreds of lines to both.
"""

from __future__ import annotations

from qctl.cli.hot.options import HOT, NEEDED, SEVERAL, TEXT, TEXTS, YES
from qctl.cli.table import GLOBAL_FLAGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.hot.options import Option

_BY_LETTER: Final = {letter: name for name, (letter, _, _) in GLOBAL_FLAGS.items() if letter}

Read = tuple[dict[str, object], dict[str, object]]


class _Odd(Exception):
    """These words are for the full parser."""


def read(command: str, arguments: Sequence[str], flags: Mapping[str, Any]) -> Read | None:
    """What the arguments of a command say, by the names of its parameters, and the global flags with those among them.

    None for a command that is not hot, and for anything but plain words of one.
    """
    words = HOT.get(command)
    if words is None:
        return None
    reading = _Reading({name: one for one in words.options for name in one.names}, dict(flags))
    try:
        rest = reading.go_through(arguments)
        said = {one.parameter: reading.said.get(one.parameter, one.default) for one in words.options}
        for name, takes in words.arguments:
            said[name] = _taken(rest, takes)
    except _Odd:
        return None
    return None if rest else (said, reading.flags)


def _taken(rest: list[str], takes: str) -> str | list[str] | None:
    """What an argument takes of the words that are left."""
    if not rest:
        if takes in NEEDED:
            raise _Odd
        return None
    if takes not in SEVERAL:
        return rest.pop(0)
    found = rest[:]
    rest.clear()
    return found


class _Reading:
    """One reading of words from left to right."""

    def __init__(self, own: Mapping[str, Option], flags: dict[str, Any]) -> None:
        self._own = own
        self.flags = flags  #: global ones
        self.said: dict[str, Any] = {}  #: own ones, by parameter

    def go_through(self, arguments: Sequence[str]) -> list[str]:
        """Read the options; answers what is left."""
        words, rest = iter(arguments), []
        for word in words:
            if not word.startswith("-") or word == "-":
                rest.append(word)
            elif word.startswith("--"):
                name, has_value, value = word.partition("=")
                self._option(name, iter([value]) if has_value else None, words)
            else:
                self._letters(word, words)
        return rest

    def _letters(self, word: str, words: Iterator[str]) -> None:
        """`-qa`, `-n5`, `-n 5`."""
        for place, letter in enumerate(word[1:], 1):
            follows = word[place + 1 :]
            if self._takes_value(f"-{letter}") and follows:
                return self._option(f"-{letter}", iter([follows]), words)
            self._option(f"-{letter}", None, words)
        return None

    def _takes_value(self, name: str) -> bool:
        own = self._own.get(name)
        if own is not None:
            return own.kind != YES
        found = _global(name)
        return found is not None and GLOBAL_FLAGS[found][1] == "text"

    def _option(self, name: str, value: Iterator[str] | None, words: Iterator[str]) -> None:
        """Take an option, with the value that is written with it, else with the next word where it has one."""
        own = self._own.get(name)
        if own is not None:
            self._take_own(own, value, words)
        elif (found := _global(name)) is not None:
            self._take_flag(found, value, words)
        else:
            raise _Odd

    def _take_own(self, own: Option, value: Iterator[str] | None, words: Iterator[str]) -> None:
        name = own.parameter
        if own.kind == YES:
            if value is not None:
                raise _Odd
            self.said[name] = True
            return
        text = _plain(value or words)
        if own.kind == TEXTS:
            self.said.setdefault(name, []).append(text)
        elif name in self.said:
            raise _Odd
        else:
            self.said[name] = text if own.kind == TEXT else _number(text, own.least)

    def _take_flag(self, name: str, value: Iterator[str] | None, words: Iterator[str]) -> None:
        kind, key = GLOBAL_FLAGS[name][1], name.replace("-", "_")
        if kind == "text":
            if key in self.flags:
                raise _Odd
            self.flags[key] = _plain(value or words)
        elif value is not None:
            raise _Odd
        else:
            self.flags[key] = self.flags.get(key, 0) + 1 if kind == "count" else True


def _global(name: str) -> str | None:
    found = name[2:] if name.startswith("--") else _BY_LETTER.get(name[1:])
    return found if found in GLOBAL_FLAGS else None


def _plain(words: Iterator[str]) -> str:
    """The next word as a value: one that looks like an option is odd there, and so is an empty one."""
    word = next(words, "")
    if not word or (word.startswith("-") and word != "-"):
        raise _Odd
    return word


def _number(text: str, least: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) >= least):
        raise _Odd
    return int(text)
