"""What a command said last: the message of its error, if it failed. Pure."""

from __future__ import annotations

import re

from qctl.model.cells import one_line
from qctl.model.output import GAP, STDERR, STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.model.output import Chunk
    from qctl.model.secrets import Veil

MOST: Final = 300  #: characters of a message
_SEARCHED: Final = 64 * 1024  #: bytes of a stream, from its end, in which a line that is not empty is looked for
#: What colours text, moves the cursor or names the window says nothing in a message.
_SEQUENCE: Final = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[()].")


def last_words(chunks: Sequence[Chunk], veil: Veil | None = None) -> str:
    """The last line of stderr that is not empty, else of stdout: harmless, and MOST characters long at most.

    Empty if there is none in what was kept of the output. `veil` hides secrets once more: without its colours a line
    may show one that was not in it before.
    """
    return _last_line(chunks, STDERR, veil) or _last_line(chunks, STDOUT, veil)


def _last_line(chunks: Sequence[Chunk], stream: str, veil: Veil | None) -> str:
    for line in reversed(_end_of(chunks, stream).splitlines()):
        words = _SEQUENCE.sub(b"", line).strip()
        if words:
            return _shown(words if veil is None else veil.over(words))
    return ""


def _end_of(chunks: Sequence[Chunk], stream: str) -> bytes:
    """The end of what was written on a stream. Where something was dropped, a line ends and another begins."""
    parts, left = [], _SEARCHED
    for chunk in reversed(chunks):
        if left <= 0:
            break
        if chunk.stream in (stream, GAP):
            part = b"\n" if chunk.stream == GAP else chunk.data[-left:]
            parts.append(part)
            left -= len(part)
    return b"".join(reversed(parts))


def _shown(words: bytes) -> str:
    text = one_line(words[: 4 * MOST + 4].decode("utf-8", "surrogateescape"))
    return text if len(text) <= MOST else text[: MOST - 1] + "…"
