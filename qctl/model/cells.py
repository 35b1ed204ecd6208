"""Text as a terminal shows it: made harmless, measured in cells, cut and filled. Pure; TUI, CLI and mail share it."""

from __future__ import annotations

import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

#: Formats that text needs and that cannot reorder or hide it: zero width joiner and non-joiner.
_HARMLESS: Final = frozenset("\u200c\u200d")
_EMOJI_STYLE: Final = "\ufe0f"
_JOINER: Final = "\u200d"


def visible(text: str, keep: str = "") -> str:
    """The text with everything that would drive a terminal, or turn its order round, made visible (attack 31).

    C0 as `^[`, C1 and stray bytes as `\\x9b`, bidi controls and other formats as `<U+202E>`. Characters of `keep` (such
    as newline and tab) stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if letter in keep else _shown(letter) for letter in text)


def _shown(letter: str) -> str:
    code = ord(letter)
    if code < 0x20 or code == 0x7F:
        return f"^{chr(code ^ 0x40)}"
    if code < 0x80:
        return letter
    if code < 0xA0:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    category = unicodedata.category(letter)
    if category in ("Cf", "Cs", "Zl", "Zp", "Co", "Cn") and letter not in _HARMLESS:
        return f"<U+{code:04X}>"
    return letter


def typeable(value: str) -> bool:
    """Whether a value may be put on a command line: what drives a terminal may not, and what is long helps nobody."""
    return bool(value) and len(value) <= 300 and visible(value) == value


def one_line(text: str) -> str:
    """The text on one line: line ends and tabs as spaces, the rest made visible (attack 32)."""
    return visible(" ".join(text.split("\n")).replace("\t", " ").replace("\r", ""))


def width(text: str) -> int:
    """How many cells the text takes: CJK and emoji two, combining marks none (case L6)."""
    if text.isascii():
        return len(text)
    return sum(cells for _, cells in _clusters(text))


def cut(text: str, room: int, ellipsis: str = "…") -> str:
    """The text in at most `room` cells; if it is longer, its begin and an ellipsis."""
    left = room - len(ellipsis)
    if text.isascii():
        return text if len(text) <= room else text[:left] + ellipsis if left >= 0 else ellipsis[: max(0, room)]
    place, used, fitting = 0, 0, 0
    for cluster, cells in _clusters(text):
        used += cells
        if used > room:
            return text[:fitting] + ellipsis if left >= 0 else ellipsis[: max(0, room)]
        place += len(cluster)
        fitting = place if used <= left else fitting
    return text


def pad(text: str, room: int, *, right: bool = False) -> str:
    """The text filled with spaces to `room` cells, on the left if it stands on the `right`."""
    fill = " " * max(0, room - width(text))
    return fill + text if right else text + fill


def fold(text: str, room: int) -> list[str]:
    """The text in lines of at most `room` cells (and never less than 2), broken at spaces where there are any."""
    room = max(room, 2)
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined) <= room:
            line = joined
            continue
        if line:
            lines.append(line.rstrip(" "))
        *whole, line = _broken(word, room)
        lines += whole
    return [*lines, line]


def wrapped(line: str, room: int, margin: str = "  ") -> list[str]:
    """The line, and what has no room in it in lines of their own behind a margin.

    Things that stand side by side, with ` · ` between them, are parted there first: a command stays in one line.
    """
    if width(line) <= room:
        return [line]
    text = line.lstrip(" ")
    lines = [line[: len(line) - len(text)]]
    for place, part in enumerate(text.split(" · ")):
        longer = f"{lines[-1]} · {part}" if place else lines[-1] + part
        if width(longer) <= room:
            lines[-1] = longer
        elif place:
            first, *more = fold(part, room - len(margin))
            lines += [margin + first, *(margin + each for each in more)]
        else:
            first, *_ = fold(part, room - len(lines[0]))
            rest = part.removeprefix(first).lstrip(" ")
            lines[0] += first
            lines += [margin + each for each in fold(rest, room - len(margin))] if rest else []
    return lines


def _broken(word: str, room: int) -> list[str]:
    """A word in pieces of at most `room` cells; a path is parted behind a slash where there is one."""
    if word.isascii():
        return _broken_path(word, room)
    pieces, begin, place, used = [], 0, 0, 0
    for cluster, cells in _clusters(word):
        if used + cells > room:
            pieces.append(word[begin:place])
            begin, used = place, 0
        place += len(cluster)
        used += cells
    return [*pieces, word[begin:]]


def _broken_path(word: str, room: int) -> list[str]:
    pieces = []
    while len(word) > room:
        end = word.rfind("/", room // 2, room) + 1 or room
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """The text in pieces that a terminal draws together, each with its cells."""
    piece, cells, joined = "", 0, False
    for letter in text:
        if piece and (joined or _rides_along(letter, piece)):
            piece += letter
            cells = 2 if letter == _EMOJI_STYLE else max(cells, _cells(letter) if joined else 0)
        else:
            if piece:
                yield piece, cells
            piece, cells = letter, _cells(letter)
        joined = letter == _JOINER
    if piece:
        yield piece, cells


def _rides_along(letter: str, before: str) -> bool:
    """Marks, joiners and style signs have no cell of their own; nor has a skin tone after its emoji."""
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return True
    return "\U0001f3fb" <= letter <= "\U0001f3ff" and _cells(before[0]) == 2


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
