"""One file of the configuration, read once and with care."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import tomli

from qctl.classes import dataclass
from qctl.config.problems import BadFile, Problem
from qctl.config.stamps import Stamp
from qctl.config.toml_text import BARE_KEY
from qctl.config.trust import distrust, distrust_of_place
from qctl.config.unclosed import opened_at
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ast import literal_eval
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.config.trust import Distrust
else:
    literal_eval = later("ast", "literal_eval")

#: No tasks.toml that people write comes near; what does is refused before it is parsed (attack 37).
MAX_FILE_BYTES: Final = 4 * 1024 * 1024
_TUPLE: Final = re.compile(r"""\((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|, |,)+\)""")
_UNCLOSED: Final = ("Expected", "Unclosed", "Unterminated")  #: how tomli's messages begin


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read and is TOML."""

    path: str
    text: str
    document: Mapping[str, Any]
    stamp: Stamp

    @property
    def folder(self) -> Path:
        """What the relative paths in this file are relative to."""
        return Path(self.path).parent


def read(path: str, instead: str | None = None) -> Source:
    """Read one file, or take a text `instead` of its own.

    Raises BadFile with the position if it cannot be read, trusted or parsed.
    """
    stamp = Stamp.of(path)
    text = read_text(path) if instead is None else instead
    return Source(path, text, parse(path, text), stamp)


def read_text(path: str) -> str:
    """The text of a file. Raises BadFile if it is no regular file, too large, not UTF-8 or not to be trusted."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            _must_be_trusted(path, os.fstat(file.fileno()))
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise BadFile(Problem(code="Q010", message=f"cannot read it: {error.strerror}", file=path)) from error
    if len(raw) > MAX_FILE_BYTES:
        raise BadFile(Problem(code="Q012", message="is larger than 4 MB", file=path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise BadFile(Problem(code="Q011", message="is not UTF-8 text", file=path, line=line, column=column)) from error


def parse(path: str, text: str) -> dict[str, Any]:
    """The document of a text. Raises BadFile with line and column where it is no TOML."""
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise BadFile(_syntax_problem(path, text, error)) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists without end
        raise BadFile(Problem(code="Q012", message="holds what is too long or nested too deeply", file=path)) from error


def _syntax_problem(path: str, text: str, error: tomli.TOMLDecodeError) -> Problem:
    message, line, column, note = _plain(error.msg), error.lineno, error.colno, ""
    if error.pos >= len(text) and error.msg.startswith(_UNCLOSED):
        line, column = opened_at(text)
        note = "something that begins here is not closed"
    return Problem(code="Q011", message=f"not TOML: {message}", file=path, line=line, column=column, note=note)


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for somebody to write into a FIFO."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _must_be_trusted(path: str, seen: os.stat_result) -> None:
    """Refuse what is no regular file; and, for root, what somebody else could have written (attack 41)."""
    if not stat.S_ISREG(seen.st_mode):
        raise BadFile(Problem(code="Q010", message="is not a regular file", file=path))
    if found := distrust(path, seen):
        raise _untrusted(path, found)


def must_lie_safely(path: str) -> None:
    """Refuse, for root, a file in a folder that is not root's alone, be the file there or not yet. Raises BadFile."""
    if found := distrust_of_place(path):
        raise _untrusted(path, found)


def _untrusted(path: str, found: Distrust) -> BadFile:
    return BadFile(Problem(code="Q013", message=found.why, file=path, help=found.command))


def _plain(message: str) -> str:
    message = _TUPLE.sub(_as_key, message)
    return message[:1].lower() + message[1:].rstrip(".")


def _as_key(match: re.Match[str]) -> str:
    """A key as one writes it: `tasks.x`, where tomli shows the tuple of its parts."""
    parts = literal_eval(match[0])
    return "`" + ".".join(part if BARE_KEY.fullmatch(part) else f'"{part}"' for part in parts) + "`"
