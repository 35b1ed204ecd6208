"""What a reader of an imported command should look at, for cron did not do what it seems to say."""

from __future__ import annotations

import re

from qctl.model.crontab import recognised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

_QUOTED: Final = re.compile(r"""\\.|'[^']*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)

_BEHIND: Final = re.compile(r"(?<![&>|<])&(?![&>])")  #: none of `&&`, `2>&1`, `&>`, `|&`
_LEFT: Final = re.compile(
    r"(?:^|(?<=[\s;|&(/]))(?:setsid|daemonize|start-stop-daemon|screen\s+-[a-zA-Z]*d|tmux\s+new(?:-session)?\s+-d)(?=[\sm]|$)"
)


def remarks(command: str, stdin: str | None, *, users: bool, modernise: bool) -> Iterator[str]:
    """`users`: of a crontab whose lines name one; `modernise`: what has a key gets it, and is told of there."""
    if stdin is not None:
        if _is_open(command):
            yield "its bare `%` cuts the command within something open: cron failed here, `\\%` was meant"
        else:
            yield "what stands behind its `%` is its stdin, as a here-document"
    if " #" in command:
        yield "`#` and what follows is a part of the command, as it was for cron"
    if not users and re.match(r"root\s+\S", command):
        yield "it runs a program `root`: if that is the user, import it with --system"
    if (sixth := re.match(r"[\d*][\d*/,-]*(?=\s)", command)) is not None:
        yield f"it runs a program `{sixth[0]}`: cron has five fields, and what follows is the command"
    for wrapper in recognised(command) if not modernise else ():
        offer = "--modernise turns it into " if wrapper.keys else ""
        yield f"{wrapper.shown} stays as it is; {offer}{wrapper.advice}"


def leaves_running(command: str) -> str:
    """The piece of a command that leaves a process behind: cron lets it live, qctl by a key, until its worker ends."""
    plain = _QUOTED.sub("''", command)
    found = _LEFT.search(plain) or (_BEHIND.search(plain) if not re.search(r"\bwait\b", plain) else None)
    return "" if found is None else found[0].strip()


def _is_open(command: str) -> bool:
    """Whether a quote or a bracket of `$(` is not closed."""
    left = _QUOTED.sub("", command)
    return any(each in left for each in "'\"") or left.count("`") % 2 > 0 or left.count("(") > left.count(")")
