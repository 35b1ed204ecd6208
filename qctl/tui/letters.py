"""Letters that terminals do not agree about, made such that all of them count the same cells. Pure.

A terminal that takes a letter for wider than we do moves the rest of its line, and the frame breaks. In a report that
is a small matter, on a screen of which only parts are drawn again it is none.
"""

from __future__ import annotations

import re
import unicodedata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

#: What was joined to a letter to make one picture of both: the first of them stands for all.
_JOINED: Final = re.compile("\u200d+[^\u0000-\u007f]?|\u200c")
#: Styles, tones of skin, frames of keys: one letter with or without them.
_RIDERS: Final = re.compile("[\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_FLAGS: Final = re.compile("[\U0001f1e6-\U0001f1ff]")
_FLAG_LETTERS: Final = 0x1F1E6 - ord("A")
_JAMO: Final = re.compile("[\u1160-\u11ff\u3164\ud7b0-\ud7fb\uffa0]")
#: Signs that newer versions of Unicode have made wider: trigrams, digrams, hexagrams.
_WIDENED: Final = re.compile("[\u2630-\u2637\u268a-\u268f\u4dc0-\u4dff\U0001d300-\U0001d376]")


def agreed(text: str) -> str:
    """The text without what is counted differently: joined emoji as the first of them, flags as their letters, marks
    that stand beside their letter left out, signs that became wider as question marks.
    """
    if text.isascii():
        return text
    plain = _RIDERS.sub("", _JOINED.sub("", unicodedata.normalize("NFC", text)))
    plain = _WIDENED.sub("?", plain)
    plain = _JAMO.sub("", _FLAGS.sub(lambda flag: chr(ord(flag[0]) - _FLAG_LETTERS), plain))
    return "".join(letter for letter in plain if unicodedata.category(letter) != "Mc")
