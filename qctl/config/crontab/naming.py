"""What to call the task of a crontab line: after the script that it runs, whatever stands before that."""

from __future__ import annotations

import os.path
import re
import shlex

from qctl.model.crontab import recognised, split_command
from qctl.model.crontab.wrappers import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import Final

_RUN_PARTS: Final = re.compile(r"run-parts\s+(?:-\S+\s+)*(\S+)")
_REDIRECTION: Final = re.compile(r"(?:&|(?<!\d)\d*)>>?(?:&\d|\s*[^\s;|&<>()]+)|(?<!\d)\d*<[^<\s;|&]\S*")
_BETWEEN: Final = re.compile(r"\|\||&&|[;|&\n]")
_KEYWORDS: Final = frozenset(("if", "then", "else", "elif", "while", "until", "do", "!", "fi", "done", "esac"))
_ASSIGNED: Final = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_INTERPRETER: Final = re.compile(r"(?:sh|bash|dash|ksh|zsh|python[\d.]*|perl|php[\d.]*|ruby|node|java)")
_LAUNCHERS: Final = frozenset(
    ("sudo", "nice", "ionice", "chronic", "nohup", "time", "env", "exec", "command", "setsid", "flock", "timeout")
)
_SERVICES: Final = ("service", "invoke-rc.d")  #: of these the service gives the name
_DURATION: Final = re.compile(r"\d+(?:\.\d+)?[smhd]?")
_WITH_VALUE: Final = ("-u", "-g", "-w", "-k")  #: options of theirs that take a word
_ASIDE: Final = frozenset(
    ("cd", "test", "[", "[[", "sleep", "export", ".", "source", "true", ":", "umask", "set", "mkdir", "for", "case")
)
_EXTENSION: Final = re.compile(r"\.(?:sh|bash|py|pl|php|rb|js|jar)$")
_LONGEST: Final = 60


def task_name(command: str) -> str:
    """The name of what a crontab command runs, such as `backup` for `cd /srv && nice /opt/backup.sh -v >> log`."""
    text, _ = split_command(command[:LONGEST])
    if (parts := _RUN_PARTS.search(text)) is not None:
        return _slug(os.path.basename(parts[1].rstrip("/}) ")))
    named = [found for found in map(_program, _BETWEEN.split(_REDIRECTION.sub(" ", text))) if found]
    return _slug(_EXTENSION.sub("", os.path.basename(named[0].rstrip("/")))) if named else "job"


def unique(name: str, taken: Container[str], number: int = 1) -> str:
    """The name, or with a number behind it, the least from this one on that makes it one that nobody has."""
    found = name if number == 1 else f"{name}-{number}"
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def _program(text: str) -> str:
    """The script or program that one simple command runs; empty for what only prepares another."""
    for wrapper in recognised(text.strip()):
        text = wrapper.without or text
    words = [word.strip("\"'(){}!") for word in _words(text)]
    words = [word for word in words if word]
    while words and (_ASSIGNED.fullmatch(words[0]) or words[0] in _KEYWORDS):
        words.pop(0)
    if not words or words[0] in _ASIDE:
        return ""
    first, *rest = words
    base = os.path.basename(first)
    if base in _LAUNCHERS or base in _SERVICES:
        while rest and (rest[0].startswith("-") or rest[0].isdigit() or _ASSIGNED.fullmatch(rest[0])):
            option = rest.pop(0)
            if rest and (option in _WITH_VALUE or (base, option) == ("timeout", "-s")):
                rest.pop(0)
        if base == "flock" and len(rest) > 1:
            rest = rest[2:] if rest[1] in ("-c", "--command") else rest[1:]  # behind its file
        if base == "timeout" and len(rest) > 1 and _DURATION.fullmatch(rest[0]):
            rest.pop(0)
        return _program(" ".join(rest)) or first
    if _INTERPRETER.fullmatch(base):
        module = rest[rest.index("-m") + 1 : rest.index("-m") + 2] if "-m" in rest else []
        if module:
            return module[0].rpartition(".")[2] or first
        if "-c" not in rest:
            return next((word for word in rest if not word.startswith("-")), first)
    return first


def _words(text: str) -> list[str]:
    """As a shell divides it, if its quotes match."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", text.lower())[:_LONGEST].strip("-") or "job"
