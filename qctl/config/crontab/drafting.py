"""From the lines of a crontab to the keys of tasks, with what is to be said of each."""

from __future__ import annotations

import os.path
from typing import Any

from qctl.classes import dataclass
from qctl.config.crontab.draft import Imported
from qctl.config.crontab.mailing import Mailing
from qctl.config.crontab.modernising import modernise, with_shared_locks
from qctl.config.crontab.naming import task_name
from qctl.config.crontab.remarks import leaves_running, remarks
from qctl.config.crontab.zones import jitter_of, zone_of_crontab
from qctl.model.crontab import NEVER, as_shell_text, split_command
from qctl.model.names import is_identifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Final

    from qctl.config.crontab.draft import Draft
    from qctl.model.crontab import Bad, Daemon, Line, Period, Table

#: Shells that know a here-document.
_BOURNE: Final = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"})
_STARTED: Final = "it starts anacron, whose jobs are imported themselves"
_STARTS_ANACRON: Final = ("anacron start", "/usr/sbin/anacron -", "/etc/init.d/anacron")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What decides about every line."""

    daemon: Daemon
    timezone: str | None = None  #: of the machine, where tasks.toml says another
    host: str | None = None  #: on which the tasks are to run: of a shared Redis the importing one
    is_user: Callable[[str], bool] = lambda _name: True
    among: str = "on this machine"  #: where users are looked for
    modernise: bool = False
    anacron: bool = False  #: are the jobs of /etc/anacrontab imported too


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The crontab at hand."""

    label: str  #: its path, or `crontab of NAME`
    owner: str  #: who gets its mail where MAILTO says nothing
    user: str | None = None  #: as whom its lines run, if that is to be written


@dataclass(frozen=True, slots=True)
class _Mail:
    """Who is mailed what a line prints."""

    mailto: str | None
    owner: str
    quiet: bool


def draft_table(draft: Draft, table: Table, origin: Origin, about: Circumstances) -> None:
    """Add the lines of a crontab to a draft."""
    draft.bad += [(origin.label, bad) for bad in table.bad]
    draft.notes += [(origin.label, note) for note in table.notes]
    for line in table.lines:
        user = line.user or origin.user
        notes, keys = list(line.notes), dict[str, Any]()
        reason = _runs(keys, line.command, line.variables, about, notes)
        reason = _schedule_of(keys, line, about, notes) or reason
        reason = _user(keys, user, about) or reason or _anacron(line.command, about)
        mail = _Mail(line.variables.get("MAILTO"), line.user or origin.owner, line.quiet)
        _finish(draft, keys, reason, notes, about, mail, (origin.label, line.number, line.text, line.command))


def draft_anacrontab(
    draft: Draft, periods: list[Period], bad: list[Bad], notes: list[str], origin: Origin, about: Circumstances
) -> None:
    """Add the jobs of an anacrontab to a draft (I17)."""
    draft.bad += [(origin.label, each) for each in bad]
    draft.notes += [(origin.label, note) for note in notes]
    for period in periods:
        keys, said = dict[str, Any](), list[str]()
        variables = {key: value for key, value in period.variables.items() if key not in _OF_ANACRON}
        reason = _runs(keys, period.command.replace("%", "\\%"), variables, about, said)
        schedule: dict[str, Any] = {**period.schedule, "overlap": "skip", "catchup": "one"}
        if about.timezone:
            schedule["timezone"] = about.timezone
        if period.spread:
            schedule["jitter"] = f"{period.spread}m"
        if period.blackout:
            schedule["blackout"] = list(period.blackout)
        keys["schedule"] = schedule
        reason = _user(keys, origin.user, about) or reason
        mail = _Mail(variables.get("MAILTO"), origin.owner, quiet=False)
        where = (origin.label, period.number, period.text, period.command.replace("%", "\\%"))
        _finish(draft, keys, reason, said, about, mail, where)


_OF_ANACRON: Final = ("START_HOURS_RANGE", "RANDOM_DELAY", "ANACRON_RUN_ON_BATTERY_POWER")


def share_locks(draft: Draft, about: Circumstances) -> None:
    """Once all is drafted: lines that locked one file together keep out of each other's way by a key."""
    draft.tasks[:] = with_shared_locks(draft.tasks, about.host)


def _runs(keys: dict[str, Any], text: str, variables: Mapping[str, str], about: Circumstances, notes: list[str]) -> str:
    """What runs, and in which environment. Answers why it cannot."""
    command, stdin = split_command(text)
    environment = _environment(variables, about, notes)
    shell, reason = variables.get("SHELL", "/bin/sh"), ""
    if not shell.startswith("/") or len(shell.split()) != 1:
        reason = f"SHELL={shell} is no whole path"
    elif shell != "/bin/sh":
        keys["shell"] = shell
    if stdin is not None and os.path.basename(shell) not in _BOURNE:
        reason = f"what `%` gives to stdin is a here-document, which {shell} does not know"
    keys["run"] = as_shell_text(command, stdin)
    if not command.strip():
        reason = "there is no command before the `%`"
    if variables.get("HOME", "").startswith("/"):
        keys["cwd"] = variables["HOME"]
    keys["env"] = environment
    if left := leaves_running(command):
        keys["leave_children"] = True
        notes.append(f"`{left}` leaves a process behind: it lives on, as with cron, until its worker ends")
    notes += remarks(command, stdin, modernise=about.modernise)
    return reason


def _environment(variables: Mapping[str, str], about: Circumstances, notes: list[str]) -> dict[str, str]:
    kept = {"PATH": about.daemon.path}
    for name, value in variables.items():
        if name in ("LOGNAME", "USER"):
            notes.append(f"{name} is left out: it is always the real user, as with cron")
        elif not is_identifier(name):
            notes.append(f"`{name}` is left out: no shell knows a variable of such a name")
        else:
            kept[name] = value
            if "$" in value:
                notes.append(f"{name}={value} is meant to the letter, as with cron: no `$` is replaced in it")
    return kept


def _schedule_of(keys: dict[str, Any], line: Line, about: Circumstances, notes: list[str]) -> str:
    if line.timing.cron is None:
        return NEVER
    schedule: dict[str, Any] = {"cron": line.timing.cron, "overlap": "allow", "catchup": "none"}
    reason = line.timing.notes[-1] if line.timing.never else ""  # enabled, it would begin to run
    if line.timing.cron == "@reboot" and "leave_children" in keys:
        reason = "a daemon would end with its worker: run it in the foreground, or as a unit of systemd's"
    elif line.timing.cron == "@reboot":
        notes.append("qctl ends what a job leaves running: a daemon that it starts belongs in a unit of systemd's")
    if about.timezone:
        schedule["timezone"] = about.timezone
    if "CRON_TZ" in line.variables:
        reason = zone_of_crontab(schedule, line.variables["CRON_TZ"], about.daemon, notes) or reason
    if "RANDOM_DELAY" in line.variables:
        jitter_of(schedule, line.variables["RANDOM_DELAY"], about.daemon, notes)
    keys["schedule"] = schedule
    return reason


def _user(keys: dict[str, Any], user: str | None, about: Circumstances) -> str:
    if user is None:
        return ""
    keys["user"] = user
    return "" if about.is_user(user) else f"there is no user `{user}` {about.among}"


def _anacron(command: str, about: Circumstances) -> str:
    starts = about.anacron and any(each in command for each in _STARTS_ANACRON)
    return _STARTED if starts else ""


def _finish(
    draft: Draft,
    keys: dict[str, Any],
    reason: str,
    notes: list[str],
    about: Circumstances,
    mail: _Mail,
    where: tuple[str, int, str, str],
) -> None:
    label, number, text, command = where
    locked = modernise(keys, notes) if about.modernise else ""
    if "output" not in keys:  # it went into a file, and nothing was left for a mail
        keys |= Mailing(draft.notify, draft.taken_notify).keys(mail.mailto, mail.owner, quiet=mail.quiet)
    if about.host is not None:
        keys["host"] = about.host
    keys["redeliver"] = False
    if reason:
        keys["enabled"] = False
    said = tuple(note for note in dict.fromkeys(notes) if note != reason)
    draft.add(
        Imported(
            name=task_name(command),
            keys=keys,
            origin=label,
            number=number,
            text=text,
            notes=said,
            reason=reason,
            replaced=reason == _STARTED,
            locked=locked,
        )
    )
