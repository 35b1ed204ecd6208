"""A whole crontab: each line that runs something, with the variables above it, and each line that cron refuses."""

from __future__ import annotations

import re

from qctl.classes import dataclass, field
from qctl.model.crontab.fields import KINDS, BadField
from qctl.model.crontab.timing import NICKNAMES, Timing, read_fields, read_timing
from qctl.model.crontab.variables import read_variable
from qctl.model.crontab.wrappers import LONGEST
from qctl.model.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Final

    from qctl.model.crontab.daemon import Daemon

_WORD: Final = re.compile(r"[^ \t]+")
_FLAG: Final = re.compile(r"-([nqs])[ \t]+(?=\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that runs something."""

    number: int  #: from 1
    text: str  #: as it stands
    when: str  #: its five fields or nickname, as they stand
    timing: Timing
    user: str | None  #: of a system crontab
    command: str  #: the rest of the line, `%` and all
    variables: Mapping[str, str]  #: those set above it
    quiet: bool = False  #: tells of failures alone: cronie's `-n`
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A line that cron refuses."""

    number: int
    text: str
    column: int  #: from 1
    width: int
    message: str
    note: str = ""


@dataclass(slots=True)
class Table:
    """What a crontab says, in order."""

    lines: list[Line] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  #: about the file as a whole


class _BadLine(ValueError):
    def __init__(self, message: str, at: int, width: int = 1, note: str = "") -> None:
        super().__init__(message)
        self.message, self.at, self.width, self.note = message, at, width, note


def read_table(text: str, daemon: Daemon, *, users: bool) -> Table:
    """Read a crontab; `users`: as one of the system's, whose sixth column is the user (I10). Never raises."""
    table, variables = Table(), dict[str, str]()
    for number, line in numbered(text):
        try:
            _readable(line)
            found = read_variable(line.lstrip(" \t"), empty=True)
            if found is not None:
                variables = {**variables, found[0]: found[1]}
                _tell_variable(table, daemon, number, line)
            else:
                table.lines.append(_line(number, line, variables, daemon, users=users))
        except _BadLine as bad:
            said = Bad(number=number, text=line, column=bad.at + 1, width=bad.width, message=bad.message, note=bad.note)
            table.bad.append(said)
    if text and not text.endswith("\n"):
        table.notes.append("its last line does not end in a newline: cron refuses the file, or passes over that line")
    return table


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    for number, line in enumerate(text.split("\n"), 1):
        said = line.strip(" \t")
        if said and not said.startswith("#"):
            yield number, line


def _readable(line: str) -> None:
    for place, letter in enumerate(line):
        if letter == "\0":
            raise _BadLine("a NUL: nobody can tell what was meant", place)
        if "\ud800" <= letter <= "\udfff":
            raise _BadLine("not in UTF-8, as TOML has to be", place, note="iconv -f latin1 -t utf-8 converts it")


def _tell_variable(table: Table, daemon: Daemon, number: int, line: str) -> None:
    if read_variable(line.lstrip(" \t")) is None and not daemon.cronie:
        note = f"line {number}: {daemon.name} refuses a variable without a value, and the whole file with it"
        table.notes.append(f"{note}; here it is empty")


def _line(number: int, text: str, variables: Mapping[str, str], daemon: Daemon, *, users: bool) -> Line:
    notes: list[str] = []
    start = len(text) - len(text.lstrip(" \t"))
    if text[start] == "-" and text[start + 1 : start + 2] in ("*", "@", *"0123456789"):
        start += 1  # SUSE and cronie: no line in the system log
        if not daemon.cronie:
            notes.append(f"{daemon.name} refuses the `-` at its beginning, and the whole file with it")
    when, timing, at = _when(text, start, daemon)
    user = None
    if users:
        user, at = _user(text, at)
    command, quiet = text[at:], False
    while flag := _FLAG.match(command):
        command, quiet = command[flag.end() :], quiet or flag[1] == "n"
        if not daemon.cronie:
            notes.append(f"{daemon.name} took `-{flag[1]}` for a program; it is cronie's, and taken as such")
    if not command.strip(" \t"):
        raise _BadLine("there is no command: cron runs a shell that does nothing", len(text.rstrip(" \t")))
    if command.startswith("*"):
        raise _BadLine("bad command: `*` in the place of a command", at, note="cron has five fields, not six")
    notes += _remarks(text)
    return Line(
        number=number,
        text=text,
        when=when,
        timing=timing,
        user=user,
        command=command,
        variables=variables,
        quiet=quiet,
        notes=(*timing.notes, *notes),
    )


def _user(text: str, at: int) -> tuple[str, int]:
    """As whom a line of a system crontab runs, and where its command begins."""
    word = _WORD.match(text, at)
    if word is None:
        raise _BadLine("there is no user and no command", len(text.rstrip(" \t")))
    if "/" in word[0]:
        raise _BadLine(f"`{word[0]}` stands where the user should", word.start(), len(word[0]), "as whom does it run?")
    return word[0], _blanks(text, word.end())


def _remarks(text: str) -> list[str]:
    notes = []
    if len(text) > LONGEST:
        notes.append(f"it has {len(text)} characters; cron reads {LONGEST} of them, and ran what was left")
    if text.endswith("\r"):
        notes.append("it ends in a carriage return, as files of Windows do, which is part of the command")
    return notes


def _blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _when(text: str, start: int, daemon: Daemon) -> tuple[str, Timing, int]:
    """The part that says when, as it stands; what it means; and where the rest begins."""
    if text[start] == "@":
        word = _WORD.match(text, start)
        said = word[0] if word else "@"
        if said[1:] not in NICKNAMES:
            meant = did_you_mean(said, [f"@{each}" for each in NICKNAMES])
            known = " ".join(f"@{each}" for each in NICKNAMES)
            raise _BadLine(f"bad time specifier: `{said}` is not known{meant}", start, len(said), known)
        return said, Timing(said), _blanks(text, start + len(said))
    found: list[re.Match[str]] = []
    at = start
    while len(found) < len(KINDS) and (word := _WORD.match(text, at)) is not None:
        found.append(word)
        at = _blanks(text, word.end())
    words = [each[0] for each in found]
    try:
        read_fields(words, tilde=daemon.cronie)
    except BadField as bad:
        note = bad.note or ("a variable is NAME=value, and its quotes have to match" if "=" in text else "")
        raise _BadLine(bad.message, found[bad.field].start() + bad.at, max(len(bad.meant), 1), note) from None
    if len(words) < len(KINDS):
        missing = KINDS[len(words)].name
        raise _BadLine(f"bad {missing}: it has {len(words)} fields, not 5 and a command", len(text.rstrip(" \t")))
    return text[start : found[-1].end()], read_timing(words, tilde=daemon.cronie), at
