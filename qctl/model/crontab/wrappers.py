"""What people write round a command of cron's for want of a key: flock, timeout, sleep $RANDOM, >> log, curl (I19)."""

from __future__ import annotations

import re

from qctl.classes import dataclass, field
from qctl.model.units import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

LONGEST: Final = 998  #: characters of a line that cron reads (I18)
_FLOCK: Final = re.compile(r"(?:/usr/bin/|/bin/)?flock\s+")
_OPTION: Final = re.compile(r"(-[a-zA-Z]*[wE]\s+[^\s-]\S*|--(?:wait|timeout|conflict-exit-code)\s+[^\s-]\S*|-\S+)\s+")
_LOCKED: Final = re.compile(r"([\w./~][\w./~-]*)\s+(?=\S)")
_COMMAND: Final = re.compile(
    r"""(?:-c|--command)\s+(?:'([^']*\S[^']*)'|"([^"\\$`]*[^"\\$`\s][^"\\$`]*)"|([\w./-]+))\s*"""
)
_NOW: Final = re.compile(r"-[xeoF]*n[nxeoF]*|--nb|--nonblock")  #: give up if it is taken
_PLAIN: Final = re.compile(r"-[xeoF]+|--exclusive|--close|--no-fork")
_TIMEOUT: Final = re.compile(r"(?:/usr/bin/|/bin/)?timeout\s+([0-9]+(?:\.[0-9]+)?[smhd]?)\s+(?=[^\s-])")
_SLEEP: Final = re.compile(
    r"(?:/bin/)?sleep\s+(?:\$\(\(\s*\$?RANDOM\s*%\s*([0-9]{1,9})\s*\)\)|\$\[\s*\$?RANDOM\s*%\s*([0-9]{1,9})\s*\]"
    r"|`expr \$RANDOM % ([0-9]{1,9})`)\s*(?:;|&&)\s*"
)
#: A path that does not depend on who opens it and where.
_LOG: Final = re.compile(r"(?<!\s)\s*>>\s*(/(?!dev/)[\w./~-]+)\s+2>&1\s*")
_PING: Final = re.compile(r"(?:&&|;|\|\|)\s*(?:/usr/bin/)?(?:curl|wget)\s[^;&|]*https?://")
_REDIRECTION: Final = re.compile(r"(?<!\s)\s+\d?>>?\s*(?:&\d|[\w./~-]+)\s*$")
_SIMPLE: Final = re.compile(r"[^;&|<>()`\n#]*")  #: one command, with nothing beside it that a wrapper would not hold


@dataclass(frozen=True, slots=True)
class Wrapper:
    """One that was recognised. Without `keys` there is no key that does its work, and it stays."""

    name: str
    advice: str
    keys: Mapping[str, Any] = field(
        default_factory=dict
    )  #: of the task; `schedule.overlap` and the like of its schedule
    without: str = ""  #: the command without it
    file: str = ""  #: that flock locks

    @property
    def shown(self) -> str:
        """How a reader finds it in the command."""
        return {"log": "`>> FILE 2>&1`", "ping": "the ping by curl or wget"}.get(self.name, f"`{self.name}`")


def recognised(command: str) -> tuple[Wrapper, ...]:
    """The wrappers round a command, in the order in which they can be taken off; of one that cron cut, none."""
    found: list[Wrapper] = []
    if len(command) > LONGEST:
        return ()
    while (wrapper := _outermost(command)) is not None:
        found.append(wrapper)
        if not wrapper.keys:
            break
        command = wrapper.without
    if _PING.search(command):
        found.append(Wrapper("ping", "a [notify.NAME] with `missed`, `late` and `fail` tells what the ping was for"))
    return tuple(found)


def _outermost(command: str) -> Wrapper | None:
    if (sleep := _SLEEP.match(command)) is not None:
        seconds = next(int(each) for each in sleep.groups() if each)
        keys = {"schedule.jitter": f"{seconds}s"} if seconds else {}
        return Wrapper("sleep", f'`jitter = "{seconds}s"`', keys, command[sleep.end() :]) if keys else None
    log = _LOG.search(command)
    if log is not None and log.end() == len(command) and _SIMPLE.fullmatch(command[: log.start()]):
        keys = {"output.file": log[1]}
        return Wrapper("log", f'`output.file = "{log[1]}"`, beside `qctl logs`', keys, command[: log.start()])
    if (flock := _flock(command)) is not None:
        return flock
    limit = _TIMEOUT.match(command)
    if limit and _SIMPLE.fullmatch(_parted(command)[0]) and _can_be_kept(limit[1]):
        shown = limit[1] if limit[1][-1:].isalpha() else f"{limit[1]}s"
        return Wrapper("timeout", f'`timeout = "{shown}"`', {"timeout": shown}, command[limit.end() :])
    return None


def _can_be_kept(limit: str) -> bool:
    """Whether a time of `timeout` is one of qctl's: 0 is none, and what is longer than a life is refused."""
    try:
        return parse_duration(limit) > 0
    except ValueError:
        return False


def _parted(command: str) -> tuple[str, str]:
    """A command, and the redirections at its end."""
    end = len(command.rstrip())
    body = command[:end]
    while (found := _REDIRECTION.search(body)) is not None:
        body = body[: found.start()]
    return body, command[len(body) : end]


def _flock(command: str) -> Wrapper | None:
    """`flock FILE COMMAND`, with the options that a key does the work of, and `-c` before one word."""
    (body, tail), head = _parted(command), _FLOCK.match(command)
    if head is None:
        return None
    rest, options = body[head.end() :], []
    while (option := _OPTION.match(rest)) is not None:
        options.append(option[1])
        rest = rest[option.end() :]
    if (locked := _LOCKED.match(rest)) is None:
        return None
    inner, of_shell = rest[locked.end() :], ""
    if inner.startswith("-"):
        word = _COMMAND.fullmatch(inner)
        inner = of_shell = next(filter(None, word.groups())) if word else ""
    if not inner or ((tail or not of_shell) and not _SIMPLE.fullmatch(inner)):
        return None
    odd = [each for each in options if not _NOW.fullmatch(each) and not _PLAIN.fullmatch(each)]
    if odd:
        return Wrapper("flock", f"no key does what its `{odd[0]}` does", file=locked[1])
    overlap = "skip" if any(map(_NOW.fullmatch, options)) else "queue"
    advice = f'`overlap = "{overlap}"`, without {locked[1]}'
    return Wrapper("flock", advice, {"schedule.overlap": overlap}, inner + tail, file=locked[1])
