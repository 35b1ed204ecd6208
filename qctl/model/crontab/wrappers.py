"""What people write round a command of cron's for want of a key: flock, timeout, sleep $RANDOM, >> log, curl (I19)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qctl.model.units import parse_duration

_FLOCK: Final = re.compile(
    r"(?:/usr/bin/|/bin/)?flock((?:\s+-(?:n|x|e|nx|xn|ne|en|-nb|-nonblock|-exclusive))*)\s+([\w./~][\w./~-]*)\s+(?=-c\s|[^\s-])"
)
_TIMEOUT: Final = re.compile(r"(?:/usr/bin/|/bin/)?timeout\s+(\d+(?:\.\d+)?[smhd]?)\s+(?=[^\s-])")
_SLEEP: Final = re.compile(
    r"(?:/bin/)?sleep\s+(?:\$\(\(\s*\$?RANDOM\s*%\s*(\d+)\s*\)\)|\$\[\s*\$?RANDOM\s*%\s*(\d+)\s*\]"
    r"|`expr \$RANDOM % (\d+)`)\s*(?:;|&&)\s*"
)
_LOG: Final = re.compile(r"\s*>>\s*([\w./~-]+)\s+2>&1\s*")
_PING: Final = re.compile(r"(?:&&|;|\|\|)\s*(?:/usr/bin/)?(?:curl|wget)\s[^;&|]*https?://")
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
    """The wrappers round a command, in the order in which they can be taken off."""
    found = []
    while (wrapper := _outermost(command)) is not None:
        found.append(wrapper)
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
    if not _SIMPLE.fullmatch(command):
        return None
    if (flock := _FLOCK.match(command)) is not None:
        waits = not any("n" in flag.replace("--exclusive", "") for flag in flock[1].split())
        overlap = "queue" if waits else "skip"
        rest = re.fullmatch(r"-c\s+(['\"])(.*)\1", command[flock.end() :])
        keys = {"schedule.overlap": overlap}
        advice, command = f'`overlap = "{overlap}"`, without {flock[2]}', command[flock.end() :]
        return Wrapper("flock", advice, keys, rest[2] if rest else command, file=flock[2])
    if (limit := _TIMEOUT.match(command)) is not None and parse_duration(limit[1]) > 0:
        shown = limit[1] if limit[1][-1:].isalpha() else f"{limit[1]}s"
        return Wrapper("timeout", f'`timeout = "{shown}"`', {"timeout": shown}, command[limit.end() :])
    return None
