"""What a reader of an imported command should look at, for cron did not do what it seems to say."""

from __future__ import annotations

import re

from qctl.model.crontab import recognised

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Final

_QUOTED: Final = re.compile(r"""\\.|'[^']*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)

_NAMED: Final = re.compile(r"([a-z_][\w-]*)\s+\S")  #: a word that may be a user, and a command behind it
_BEHIND: Final = re.compile(r"(?<![&>|<])&(?![&>])")  #: none of `&&`, `2>&1`, `&>`, `|&`
_LEFT: Final = re.compile(
    r"(?:^|(?<=[\s;|&(/]))(?:setsid|daemonize|start-stop-daemon|screen\s+-[a-zA-Z]*d|tmux\s+new(?:-session)?\s+-d)(?=[\sm]|$)"
)


def remarks(command: str, stdin: str | None, *, modernise: bool) -> Iterator[str]:
    """`modernise`: what has a key gets it, and is told of there."""
    if stdin is not None:
        if _is_open(command):
            yield "its bare `%` cuts the command within something open: cron failed here, `\\%` was meant"
        else:
            yield "what stands behind its `%` is its stdin, as a here-document"
    if " #" in command:
        yield "`#` and what follows is a part of the command, as it was for cron"
    if (sixth := re.match(r"[\d*][\d*/,-]*(?=\s)", command)) is not None:
        yield f"it runs a program `{sixth[0]}`: cron has five fields, and what follows is the command"
    for wrapper in recognised(command) if not modernise else ():
        offer = "--modernise turns it into " if wrapper.keys else ""
        yield f"{wrapper.shown} stays as it is; {offer}{wrapper.advice}"


def users_named(commands: Iterable[str], is_user: Callable[[str], bool]) -> list[str]:
    """The users with whose names the commands begin, where these are lines of a crontab of the system's.

    Programs are called as users are (`mail`, `backup`): either each line begins so, or there is `root` among them.
    """
    found = [_NAMED.match(command) for command in commands]
    names = [each[1] if each is not None else "" for each in found]
    if "root" not in names and not (names and all(map(is_user, names))):
        return []
    return [name for name in dict.fromkeys(names) if name and is_user(name)]


def leaves_running(command: str) -> str:
    """The piece of a command that leaves a process behind: cron lets it live, qctl by a key, until its worker ends."""
    plain = _QUOTED.sub("''", command)
    found = _LEFT.search(plain) or (_BEHIND.search(plain) if not re.search(r"\bwait\b", plain) else None)
    return "" if found is None else found[0].strip()


def _is_open(command: str) -> bool:
    """Whether a quote or a bracket of `$(` is not closed."""
    left = _QUOTED.sub("", command)
    return any(each in left for each in "'\"") or left.count("`") % 2 > 0 or left.count("(") > left.count(")")
