"""Schedules as crontab lines. What a crontab cannot say stands there as a comment, with the reason."""

from __future__ import annotations

import re
import shlex

from qctl.classes import dataclass, field, replace
from qctl.model.call import Kind
from qctl.model.crontab import as_crontab_command, read_timing
from qctl.model.crontab.fields import BadField
from qctl.model.crontab.timing import NICKNAMES
from qctl.model.schedule import Catchup, Overlap
from qctl.model.timing import REBOOT, ByCron, OnEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from typing import Any, Final

    from qctl.model.schedule import Schedule
    from qctl.model.task import Task

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  #: of a job that sets none
_NO_SPACE: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where a crontab is to be installed."""

    zone: str
    user: str  #: whose crontab it is to be
    host: str
    notify: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  #: how qctl tells of jobs, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One schedule: its line, or why there is none; and what the line does not say."""

    schedule: Schedule
    line: str | None  #: none where cron would run it otherwise than qctl does
    variables: Mapping[str, str]  #: that have to stand above it
    lost: tuple[str, ...] = ()  #: each a thing that cron does not do
    reason: str = ""
    draft: str = ""  #: the line that is none, for whoever takes it further

    def as_item(self) -> dict[str, object]:
        """What programs read of it."""
        return {
            "schedule": self.schedule.name,
            "task": self.schedule.task,
            "line": self.line,
            "env": dict(self.variables),
            "lost": list(self.lost),
            "reason": self.reason or None,
        }


def as_crontab(pairs: Iterable[tuple[Schedule, Task]], machine: Machine) -> tuple[str, list[Exported]]:
    """A crontab of schedules and their tasks, for a machine and one of its users, and what became of each."""
    found = [_export(schedule, task, machine) for schedule, task in pairs]
    said = {name for each in found if each.line is not None for name in each.variables}
    found = [_set_for_all(each, said, machine.zone) for each in found]
    lines = ["# From tasks.toml, by `qctl export crontab`."]
    above: dict[str, str] = {}
    # A crontab cannot take a variable back: those that need the fewest come first.
    for each in sorted(found, key=lambda one: len(one.variables)):
        lines += ["", f"# {_one_line(each.schedule.name)}: {_one_line(each.schedule.timing.shown)}"]
        lines += [f"#   not said here: {_one_line(lost)}" for lost in each.lost]
        extra = sorted(set(above) - set(each.variables))
        if each.line is None:
            lines.append(f"#   cron cannot: {_one_line(each.reason)}")
            if each.draft:
                lines += [f"# {name}={_quoted(value)}" for name, value in each.variables.items()] + [f"# {each.draft}"]
            continue
        if extra:
            lines.append(f"#   sees these from above, too: {' '.join(extra)}")
        for name, value in each.variables.items():
            if above.get(name) != value:
                lines.append(f"{name}={_quoted(value)}")
        above |= each.variables
        lines.append(each.line if each.schedule.enabled else f"# {each.line}")
    return "\n".join(lines) + "\n", found


def _set_for_all(one: Exported, said: Container[str], zone: str) -> Exported:
    """With what cron itself acts on said for every line, once it is said for one."""
    usual = {"SHELL": "/bin/sh", "CRON_TZ": zone, "RANDOM_DELAY": "0"}
    above = {name: value for name, value in usual.items() if name in said}
    return replace(one, variables={**above, **one.variables})


def _export(schedule: Schedule, task: Task, machine: Machine) -> Exported:
    zone = machine.zone
    variables = {"PATH": PATH, **task.env}
    when, command = _when(schedule), command_of(task)
    if task.shell != "/bin/sh":
        variables["SHELL"] = task.shell
    if schedule.timezone != zone:
        variables["CRON_TZ"] = schedule.timezone
    minutes, seconds = divmod(schedule.jitter, 60)
    if minutes:
        variables["RANDOM_DELAY"] = str(int(minutes))
    text = as_crontab_command(command) if command else None
    reason = ""
    if when is None:
        reason = f"{schedule.timing.shown} is nothing that five fields can say"
    elif command is None:
        reason = why_not(task)
    elif text is None:
        reason = _no_line(task)
    elif any(not _sayable(value) for value in variables.values()):
        reason = "a variable of its environment holds a newline, or both kinds of quotes"
    line = None if reason else f"{when} {_in_folder(task, text or '')}"
    other = "" if reason else _otherwise(schedule, task, machine)
    return Exported(
        schedule=schedule,
        line=None if other else line,
        variables=variables,
        lost=_lost(schedule, task, machine, bool(seconds)),
        reason=reason or other,
        draft=line or "" if other else "",
    )


def _otherwise(schedule: Schedule, task: Task, machine: Machine) -> str:
    """Why cron would run it as another user, at a time or in a place where qctl does not; empty: it would not."""
    if task.user not in (None, machine.user):
        return f"it runs as {task.user}, and this is a crontab of {machine.user}: the line belongs in that user's"
    if schedule.blackout:
        return in_blackout(schedule)
    if schedule.hosts and machine.host not in schedule.hosts:
        return f"it runs on {', '.join(schedule.hosts)}, and this is {machine.host}"
    return ""


def in_blackout(schedule: Schedule) -> str:
    """Why a schedule with a blackout cannot be handed on."""
    return f"it would run in its blackout, too: {', '.join(schedule.blackout)}"


def _in_folder(task: Task, text: str) -> str:
    """The command in the folder of its task. Cron goes to HOME by itself."""
    if task.cwd is None or task.cwd == task.env.get("HOME"):
        return text
    return f"cd {shlex.quote(task.cwd)} || exit 1; ".replace("%", "\\%") + text


def _no_line(task: Task) -> str:
    """Why a shell text is no line of a crontab, and which key helps."""
    key = "run" if task.exec is None else "exec"
    if "\n" not in (command_of(task) or ""):
        return f"`{key}` begins with what cron takes for its own: `{key}` has to begin with the program"
    return f"`{key}` has more than one line: write it into a script, and let `exec` be its path"


def _when(schedule: Schedule) -> str | None:
    timing = schedule.timing
    if isinstance(timing, OnEvent):
        return REBOOT if timing.shown == REBOOT else None
    if not isinstance(timing, ByCron):
        return None
    text = timing.cron.text
    if text.startswith("@"):
        return text if text[1:] in NICKNAMES else None
    words = _NO_SPACE.findall(text)
    if len(words) == 6 and words[0] == "0":
        text = " ".join(words := words[1:])  # at the first second of a minute, as cron
    try:
        said = read_timing(words)
    except (BadField, ValueError):
        return None
    return text if said.cron == text and not said.never else None


def command_of(task: Task) -> str | None:
    """The shell text that does without qctl what a task does, or None."""
    if any(param for param in task.params):
        return None
    if task.run is not None:
        return task.run.strip("\n") if "CTL_STDIN" not in task.run else task.run
    return shlex.join(task.exec) if task.exec is not None else None


def why_not(task: Task) -> str:
    """Why there is no such text."""
    if task.kind is Kind.WORKFLOW:
        return f"it is a workflow, whose steps follow each other by qctl: {_way(task)}"
    return "its parameters are qctl's" if task.params else f"`{task.call}` is called by qctl: {_way(task)}"


def _way(task: Task) -> str:
    return f"`qctl run {task.name}` can be"


def _lost(schedule: Schedule, task: Task, machine: Machine, seconds: bool) -> tuple[str, ...]:
    lost = []
    if schedule.overlap is not Overlap.ALLOW:
        lost.append(f"overlap = {schedule.overlap.value}; cron starts it beside one that still runs")
    if schedule.catchup is not Catchup.NONE and not isinstance(schedule.timing, OnEvent):
        lost.append(f"catchup = {schedule.catchup.value}; cron makes up for nothing")
    if seconds:
        lost.append("the seconds of its jitter: RANDOM_DELAY has minutes")
    if schedule.deadline is not None:
        lost.append("deadline")
    lost += ["with"] if schedule.params else []
    if len(schedule.hosts) > 1:
        lost.append(f"host = {', '.join(schedule.hosts)}: each that has this line runs it")
    if schedule.timezone != machine.zone:
        lost.append(f"timezone = {schedule.timezone}, where cron is Debian's: it passes over CRON_TZ")
    beside: dict[str, object] = {"timeout": task.timeout, "lock": task.lock, "output.file": task.output_file}
    beside["notify"] = [name for name in task.notify if not _is_mailed(machine.notify.get(name, {}), task)]
    lost += [word for word, value in beside.items() if value]
    return tuple(lost + (["retries"] if task.retry.limit else []))


def _is_mailed(told: Mapping[str, Any], task: Task) -> bool:
    """Whether cron does by itself what a notification does: it mails any output to MAILTO."""
    addresses = [each for each in re.split(r"[\s,]+", task.env.get("MAILTO", "")) if each]
    command = told.get("command") or ("",)
    return (
        bool(addresses) and command[0] == "mail" and "output" in told.get("on", ()) and set(addresses) <= set(command)
    )


def _sayable(value: str) -> bool:
    return "\n" not in value and not ("'" in value and '"' in value)


def _quoted(value: str) -> str:
    if value and not value[0].isspace() and not value[-1].isspace() and value[0] not in "'\"":
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
