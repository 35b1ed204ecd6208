"""The text of the unit: one service that runs a worker. Pure: values in, text out."""

from __future__ import annotations

import math
import re

from qctl.classes import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

NAME: Final = "qctl.service"
MARGIN: Final = 30  #: seconds that giving back and going may take beyond what was said
_PLAIN: Final = re.compile(r"[A-Za-z0-9_@%+=:,./$-]+")
_NO_PROGRAM: Final = re.compile(r"""['"\\\x00-\x1f\x7f]""")
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is particular to one installation."""

    command: Sequence[str]  #: the words of the worker, the program's absolute path first
    about: str  #: what is behind `Description=`
    for_user: bool  #: a unit of one user's own systemd, and not of the machine's
    drain_s: float  #: how long one SIGTERM waits for running jobs; infinite: for ever
    grace_s: float  #: the longest grace of a task, between its stop signal and KILL
    environment: Mapping[str, str] = field(default_factory=dict)


def unit_text(service: Service) -> str:
    """Write the unit."""
    return _TEXT.format(
        about=_one_line(service.about),
        after="" if service.for_user else _AFTER,
        command=_command(service.command),
        environment="".join(f"Environment={_quoted(f'{k}={v}')}\n" for k, v in sorted(service.environment.items())),
        stop="infinity" if math.isinf(service.drain_s) else round(service.drain_s + service.grace_s + MARGIN),
        hardening=_USER_HARDENING if service.for_user else _SYSTEM_HARDENING,
        target="default.target" if service.for_user else "multi-user.target",
    )


def _command(words: Sequence[str]) -> str:
    """The value of ExecStart=. Variables are expanded in arguments, in the program's path they are not."""
    program, *arguments = words
    if _NO_PROGRAM.search(program):  # systemd refuses to start such a path, however it is written
        program, arguments = "/usr/bin/env", list(words)
    return " ".join([_quoted(program), *(_quoted(word.replace("$", "$$")) for word in arguments)])


def _quoted(text: str) -> str:
    """One word as systemd reads it: quoted where it must be, with no specifier in it."""
    escaped = "".join(map(_escaped, _percent(text)))
    return escaped if _PLAIN.fullmatch(text) else f'"{escaped}"'


def _percent(text: str) -> str:
    return text.replace("%", "%%")


def _one_line(text: str) -> str:
    """Free text as the value of one line: a newline would begin a setting, a `\\` at the end take the next one in."""
    return re.sub(r"[\x00-\x1f\x7f\\]", "?", _percent(text))


def _escaped(letter: str) -> str:
    """A letter inside of quotes; of a name that is no UTF-8, the byte."""
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _ESCAPES.get(letter) or (letter if code >= 32 and code != 127 else f"\\x{code:02x}")


_AFTER: Final = """\
# A network and a Redis of this machine come up first, where there are any.
Wants=network-online.target
After=network-online.target redis-server.service redis.service valkey-server.service valkey.service
"""

_SYSTEM_HARDENING: Final = """\
# Jobs run inside of this unit and see what it sees. So nothing is taken away here that an ordinary job of an operator
# needs: NoNewPrivileges= breaks sudo, ProtectSystem= upgrades, PrivateTmp= hides files in /tmp, ProtectHome= backups.
# If yours need less, take more away: systemctl edit qctl
LockPersonality=yes
RestrictRealtime=yes
"""

_USER_HARDENING: Final = """\
# Jobs run inside of this unit and see what it sees. Any restriction of a user's own unit implies NoNewPrivileges=,
# which breaks sudo in jobs. If yours do without: systemctl --user edit qctl
"""

_TEXT: Final = """\
[Unit]
Description={about}
{after}\
# A worker that fails at each start gives up after some minutes. One that only waits for a Redis that is away needs
# longer for each try than would reach this limit, and so tries for ever.
StartLimitIntervalSec=300
StartLimitBurst=45

[Service]
# Ready means that jobs are claimed. The sign of life comes from the loop that renews the worker's lease.
Type=notify
NotifyAccess=main
WatchdogSec=60
TimeoutStartSec=300
{environment}\
ExecStart={command}
# tasks.toml and code are read again; what runs finishes under the old ones.
ExecReload=/bin/kill -HUP $MAINPID
# One SIGTERM to the worker alone: it takes no more jobs, finishes what runs and goes. What is left then is killed;
# an embedded server that it has started too, which has written down all that it accepted and is started when needed.
KillMode=mixed
# How long running jobs may take to finish (--drain-timeout), then the longest grace of a task, then {margin} s.
TimeoutStopSec={stop}
Restart=on-failure
RestartSec=5
# Not again: stopped with jobs cut off (1), bad options (2), not permitted (77), a bad tasks.toml (78).
RestartPreventExitStatus=1 2 77 78
# A part of the tree of control groups, in which `limits` of a task hold for all that an attempt starts.
Delegate=memory pids
# A job that the kernel kills for want of memory has crashed, and is tried again; the worker goes on.
OOMPolicy=continue
{hardening}
[Install]
WantedBy={target}
""".replace("{margin}", str(MARGIN))
