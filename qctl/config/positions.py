"""Where each key of a TOML text stands. Read on the error path only; the text has been parsed before and is TOML."""

from __future__ import annotations

import re

from qctl.classes import dataclass
from qctl.config.toml_text import BARE_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'", re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}#\n]*")
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|["\\bfnrte]|x[0-9a-fA-F]{2})')
_ESCAPED: Final = {'"': '"', "\\": "\\", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "e": "\x1b"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line: line and column from 1, width in characters."""

    line: int
    column: int
    width: int


@dataclass(frozen=True, slots=True)
class Spot:
    """A key and its value."""

    key: Span
    value: Span


def positions(text: str) -> Mapping[Path, Spot]:
    """Map each key, dotted keys and list elements included, to the place where it was written first."""
    return _Scanner(text).scan()


class _Scanner:
    """Walks over a text once. `at` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, Spot] = {}
        self.lists: dict[Path, int] = {}  #: how many [[tables]] of a name there were
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def scan(self) -> Mapping[Path, Spot]:
        table: Path = ()
        while self._skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.found

    def _header(self) -> Path:
        start = self.at
        double = self.text.startswith("[[", start)
        self.at += 2 if double else 1
        keys, span = self._dotted()
        self.at = self.text.index("]", self.at) + (2 if double else 1)
        path = self._inside_lists(tuple(keys))
        if double:
            self.lists[path] = self.lists.get(path, -1) + 1
            self._note(path, span, self._span(start, self.at))
            path = (*path, self.lists[path])
        self._note(path, span, self._span(start, self.at))
        return path

    def _inside_lists(self, keys: Path) -> Path:
        """`[a.b]` below `[[a]]` belongs to the newest element of a."""
        path: Path = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            if path in self.lists and position < len(keys) - 1:
                path = (*path, self.lists[path])
        return path

    def _pair(self, table: Path) -> None:
        keys, span = self._dotted()
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        path = (*table, *keys)
        value = self._value(path)
        for length in range(len(table) + 1, len(path) + 1):
            self._note(path[:length], span, value)

    def _dotted(self) -> tuple[list[str], Span]:
        """A key of one or more parts; the span is that of the last part."""
        keys: list[str] = []
        while True:
            start = self._skip(_SPACE)
            match = _STRING.match(self.text, start) or BARE_KEY.match(self.text, start)
            if match is None:
                raise ValueError(f"no key at {start}")
            self.at = match.end()
            span = self._span(start, self.at)
            keys.append(_plain(match[0]))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return keys, span
            self.at += 1

    def _value(self, path: Path) -> Span:
        start = self.at
        sign = self.text[start]
        if sign in "\"'":
            match = _STRING.match(self.text, start)
            assert match is not None
            self.at = match.end()
        elif sign == "[":
            self._elements(path)
        elif sign == "{":
            self._inline(path)
        else:
            match = _PLAIN.match(self.text, start)
            assert match is not None
            self.at = start + len(match[0].rstrip())
        return self._span(start, self.at)

    def _elements(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self.text[self._skip(_BLANK)] != "]":
            span = self._value((*path, number))
            self._note((*path, number), span, span)
            number += 1
            if self.text[self._skip(_BLANK)] == ",":
                self.at += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self.text[self._skip(_BLANK)] != "}":
            self._pair(path)
            if self.text[self._skip(_BLANK)] == ",":
                self.at += 1
        self.at += 1

    def _skip(self, what: re.Pattern[str]) -> int:
        match = what.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        return self.at

    def _note(self, path: Path, key: Span, value: Span) -> None:
        self.found.setdefault(path, Spot(key, value))

    def _span(self, start: int, end: int) -> Span:
        line = _last_not_after(self.line_starts, start)
        first = self.text[start:end].partition("\n")[0]
        return Span(line + 1, start - self.line_starts[line] + 1, max(1, len(first)))


def _last_not_after(starts: list[int], offset: int) -> int:
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= offset else (low, middle)
    return low


def _plain(key: str) -> str:
    """A key without its quotes."""
    if key.startswith("'"):
        return key[1:-1]
    if key.startswith('"'):
        return _ESCAPE.sub(_unescaped, key[1:-1])
    return key


def _unescaped(match: re.Match[str]) -> str:
    word = match[1]
    return chr(int(word[1:], 16)) if word[0] in "uUx" and len(word) > 1 else _ESCAPED[word]
