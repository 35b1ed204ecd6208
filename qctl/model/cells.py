"""Text as a terminal shows it: made harmless, measured in cells, cut and filled. Pure; TUI, CLI and mail share it."""

from __future__ import annotations

import unicodedata
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
    if width(text) <= room:
        return text
    room -= len(ellipsis)
    if room < 0:
        return ellipsis[: max(0, room + len(ellipsis))]
    kept, used = [], 0
    for cluster, cells in _clusters(text):
        if used + cells > room:
            break
        kept.append(cluster)
        used += cells
    return "".join(kept) + ellipsis


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
            lines.append(line)
        while width(word) > room:
            head = cut(word, room, "")
            lines.append(head)
            word = word[len(head) :]
        line = word
    return [*lines, line]


def _clusters(text: str) -> list[tuple[str, int]]:
    """The text in pieces that a terminal draws together, each with its cells."""
    pieces: list[tuple[str, int]] = []
    joined = False
    for letter in text:
        if pieces and (joined or _rides_along(letter, pieces[-1][0])):
            before, cells = pieces[-1]
            pieces[-1] = (before + letter, 2 if letter == _EMOJI_STYLE else max(cells, _cells(letter) if joined else 0))
        else:
            pieces.append((letter, _cells(letter)))
        joined = letter == _JOINER
    return pieces


def _rides_along(letter: str, before: str) -> bool:
    """Marks, joiners and style signs have no cell of their own; nor has a skin tone after its emoji."""
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return True
    return "\U0001f3fb" <= letter <= "\U0001f3ff" and _cells(before[0]) == 2


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
