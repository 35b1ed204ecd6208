"""What the terminal at hand can show, and how states look on it: symbol, word and colour, never colour alone."""

from __future__ import annotations

import os

from qctl.classes import dataclass
from qctl.dates import UTC, datetime
from qctl.later import later
from qctl.model.cells import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from typing import Final, TextIO

    from qctl.model.signs import drawing_in_ascii, in_ascii
else:
    drawing_in_ascii, in_ascii = (later("qctl.model.signs", name) for name in ("drawing_in_ascii", "in_ascii"))

WIDTH: Final = 80  #: cells of a terminal that does not say
HEIGHT: Final = 24  #: lines of one
_COLOURS: Final = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36", "dim": "2", "bold": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How to write for one stream: the argument of every screen."""

    now_ms: int  #: the time to count ages from
    zone: tzinfo = UTC
    width: int | None = None  #: cells of a line; None: as long as it takes
    colour: bool = False
    unicode: bool = True
    live: bool = False  #: is it a terminal on which lines can be drawn again

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour, where there are colours."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self.colour and colour and text else text

    def sign(self, text: str) -> str:
        """Our own signs, in ASCII where the terminal knows no other. Not for text of others."""
        return text if self.unicode else in_ascii(text)

    def safe(self, text: str) -> str:
        """Text of others on one line, unable to drive the terminal, and encodable."""
        line = one_line(text)
        return line if self.unicode else line.encode("ascii", "backslashreplace").decode()

    def plain(self, text: str) -> str:
        """Our own text of several lines, as this stream can show it."""
        return text if self.unicode else drawing_in_ascii(text)

    @property
    def ellipsis(self) -> str:
        return "…" if self.unicode else "~"

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)


def look(stream: TextIO, environ: Mapping[str, str], color: str, now_ms: int, zone: tzinfo = UTC) -> Look:
    """Find out what a stream can show. Off a terminal: no colour, no cutting, no drawing."""
    terminal = stream.isatty()
    dumb = environ.get("TERM") == "dumb"
    return Look(
        now_ms=now_ms,
        zone=zone,
        width=width_of(stream, environ) if terminal else None,
        colour=_wants_colour(terminal, dumb, environ, color),
        unicode=speaks_unicode(environ),
        live=terminal and not dumb and not environ.get("CI"),
    )


def _wants_colour(terminal: bool, dumb: bool, environ: Mapping[str, str], color: str) -> bool:
    if color != "auto":
        return color == "always"
    if environ.get("NO_COLOR"):
        return False
    forced = environ.get("CLICOLOR_FORCE") or environ.get("FORCE_COLOR")
    if forced and forced != "0":
        return True
    return terminal and not dumb


def width_of(stream: TextIO, environ: Mapping[str, str]) -> int:
    """How many cells a line of this terminal has now."""
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def height_of(stream: TextIO) -> int:
    """How many lines this terminal has now."""
    try:
        return os.get_terminal_size(stream.fileno()).lines or HEIGHT
    except (OSError, ValueError):
        return HEIGHT


def speaks_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the locale is a UTF-8 one and nobody asked for ASCII."""
    if environ.get("QCTL_ASCII", "0") not in ("", "0"):
        return False
    language, letters = environ.get("LANG", ""), environ.get("LC_CTYPE", "")
    if letters == "C.UTF-8" and language in ("", "C", "POSIX"):
        letters = ""  # set by Python itself, which coerces the C locale (PEP 538)
    locale = environ.get("LC_ALL") or letters or language
    return "utf-8" in locale.lower() or "utf8" in locale.lower()
