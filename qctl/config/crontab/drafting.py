"""From the lines of a crontab to the keys of tasks, with what is to be said of each."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from qctl.config.crontab.mailing import Mailing
from qctl.config.crontab.naming import task_name, unique
from qctl.config.crontab.zones import jitter_of, zone_of_crontab
from qctl.model.crontab import Bad, Daemon, Line, Period, Table, as_shell_text, recognised, split_command
from qctl.model.names import IDENTIFIER

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
    modernise: bool = False
    anacron: bool = False  #: are the jobs of /etc/anacrontab imported too


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The crontab at hand."""

    label: str  #: its path, or `crontab of NAME`
    owner: str  #: who gets its mail where MAILTO says nothing
    user: str | None = None  #: as whom its lines run, if that is to be written


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One task, with where it comes from and what is to be said of it."""

    name: str
    keys: Mapping[str, Any]
    origin: str
    number: int  #: of its line
    text: str  #: the line, as it stands
    notes: tuple[str, ...] = ()
    reason: str = ""  #: why it is not enabled
    replaced: bool = False  #: other tasks do what it did


@dataclass(slots=True)
class Draft:
    """All that an import makes, from however many files."""

    tasks: list[Imported] = field(default_factory=list)
    notify: dict[str, dict[str, Any]] = field(default_factory=dict)
    bad: list[tuple[str, Bad]] = field(default_factory=list)  #: with the file each stands in
    notes: list[tuple[str, str]] = field(default_factory=list)  #: about a file
    taken: set[str] = field(default_factory=set)  #: names of tasks that are not free
    taken_notify: set[str] = field(default_factory=set)

    def add(self, task: Imported) -> None:
        """Take a task in, under a name of its own."""
        name = unique(task.name, self.taken)
        self.taken.add(name)
        self.tasks.append(replace(task, name=name))


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
        mail = Mailing(draft.notify, draft.taken_notify)
        keys |= mail.keys(line.variables.get("MAILTO"), line.user or origin.owner, quiet=line.quiet)
        _finish(draft, keys, reason, notes, about, (origin.label, line.number, line.text, line.command))


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
        mail = Mailing(draft.notify, draft.taken_notify)
        keys |= mail.keys(variables.get("MAILTO"), origin.owner, quiet=False)
        where = (origin.label, period.number, period.text, period.command.replace("%", "\\%"))
        _finish(draft, keys, reason, said, about, where)


_OF_ANACRON: Final = ("START_HOURS_RANGE", "RANDOM_DELAY", "ANACRON_RUN_ON_BATTERY_POWER")


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
    if stdin is not None:
        notes.append("what stands behind its `%` is its stdin, as a here-document")
    keys["env"] = environment
    _remark(command, about, notes)
    return reason


def _remark(command: str, about: Circumstances, notes: list[str]) -> None:
    """What a reader of this command should look at."""
    if " #" in command:
        notes.append("`#` and what follows is a part of the command, as it was for cron")
    if about.modernise:
        return
    for wrapper in recognised(command):
        offer = "" if wrapper.name == "ping" else "--modernise turns it into "
        notes.append(f"`{wrapper.name}` stays as it is; {offer}{wrapper.advice}")


def _environment(variables: Mapping[str, str], about: Circumstances, notes: list[str]) -> dict[str, str]:
    kept = {"PATH": about.daemon.path}
    for name, value in variables.items():
        if name in ("LOGNAME", "USER"):
            notes.append(f"{name} is left out: it is always the real user, as with cron")
        elif not IDENTIFIER.fullmatch(name):
            notes.append(f"`{name}` is left out: no shell knows a variable of such a name")
        else:
            kept[name] = value
            if "$" in value:
                notes.append(f"{name}={value} is meant to the letter, as with cron: no `$` is replaced in it")
    return kept


def _schedule_of(keys: dict[str, Any], line: Line, about: Circumstances, notes: list[str]) -> str:
    if line.timing.cron is None:
        return "cron accepted this line and never ran it: no such day ever comes"
    schedule: dict[str, Any] = {"cron": line.timing.cron, "overlap": "allow", "catchup": "none"}
    reason = ""
    if about.timezone:
        schedule["timezone"] = about.timezone
    if "CRON_TZ" in line.variables:
        reason = zone_of_crontab(schedule, line.variables["CRON_TZ"], about.daemon, notes)
    if "RANDOM_DELAY" in line.variables:
        jitter_of(schedule, line.variables["RANDOM_DELAY"], about.daemon, notes)
    keys["schedule"] = schedule
    return reason


def _user(keys: dict[str, Any], user: str | None, about: Circumstances) -> str:
    if user is None:
        return ""
    keys["user"] = user
    return "" if about.is_user(user) else f"there is no user `{user}` on this machine"


def _anacron(command: str, about: Circumstances) -> str:
    starts = about.anacron and any(each in command for each in _STARTS_ANACRON)
    return _STARTED if starts else ""


def _finish(
    draft: Draft,
    keys: dict[str, Any],
    reason: str,
    notes: list[str],
    about: Circumstances,
    where: tuple[str, int, str, str],
) -> None:
    label, number, text, command = where
    if about.modernise:
        _modernise(keys, notes)
    if about.host is not None:
        keys["host"] = about.host
    keys["redeliver"] = False
    if reason:
        keys["enabled"] = False
    said = tuple(dict.fromkeys(notes))
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
        )
    )


def _modernise(keys: dict[str, Any], notes: list[str]) -> None:
    """Put keys in the place of wrappers (I19). What has no key stays."""
    for wrapper in recognised(keys["run"]):
        if not wrapper.keys:
            notes.append(f"`{wrapper.name}` stays: {wrapper.advice}")
            continue
        for name, value in wrapper.keys.items():
            table, _, key = name.rpartition(".")
            if table:
                keys[table] = {**keys.get(table, {}), key: value}
            else:
                keys[key] = value
        keys["run"] = wrapper.without
        notes.append(f"`{wrapper.name}` is now {wrapper.advice}")
