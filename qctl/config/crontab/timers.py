"""Schedules as systemd timers, each with the service that it starts."""

from __future__ import annotations

import re

from qctl.classes import dataclass
from qctl.config.crontab.export import PATH, command_of, in_blackout, why_not
from qctl.model.crontab.fields import DAYS, KINDS, BadField, Kind, read_field
from qctl.model.schedule import Catchup, Overlap
from qctl.model.timing import REBOOT, ByCron, Every, Once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final

    from qctl.model.crontab.fields import Field
    from qctl.model.schedule import Schedule
    from qctl.model.task import Task

_SECOND: Final = Kind("second", 0, 59)
_QUOTED: Final = re.compile(r'["\\]')
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A schedule's two unit files, or why there are none."""

    schedule: Schedule
    name: str  #: without `.timer` and `.service`
    timer: str = ""
    service: str = ""
    lost: tuple[str, ...] = ()  #: each a thing that systemd does not do
    reason: str = ""

    def as_item(self) -> dict[str, object]:
        """What programs read of it."""
        return {
            "schedule": self.schedule.name,
            "task": self.schedule.task,
            "unit": self.name,
            "timer": self.timer or None,
            "service": self.service or None,
            "lost": list(self.lost),
            "reason": self.reason or None,
        }


def as_units(pairs: Iterable[tuple[Schedule, Task]], user: str | None) -> list[Unit]:
    """The units of schedules and their tasks. Those that name no user run as `user`; None: in a user's own systemd."""
    return [_unit(schedule, task, user) for schedule, task in pairs]


def _unit(schedule: Schedule, task: Task, user: str | None) -> Unit:
    name = f"qctl-{schedule.name.replace('@', '-')}"
    command, when = command_of(task), _when(schedule)
    reason = ""
    if when is None:
        reason = f"{schedule.timing.shown} is nothing that OnCalendar can say"
    elif command is None:
        reason = why_not(task)
    elif _CONTROL.search("".join((command, *task.env.values()))):
        reason = "it holds letters that a unit cannot"
    elif schedule.blackout:
        reason = in_blackout(schedule)
    if reason or when is None or command is None:
        return Unit(schedule=schedule, name=name, reason=reason)
    return Unit(
        schedule=schedule,
        name=name,
        timer=_timer(schedule, when),
        service=_service(schedule, task, command, task.user or user),
        lost=_lost(schedule, task),
    )


def _when(schedule: Schedule) -> list[str] | None:
    """The lines of [Timer] that say when."""
    timing = schedule.timing
    if isinstance(timing, Every):
        seconds = timing.period_ms / 1000
        return [f"OnActiveSec={seconds:g}s", f"OnUnitActiveSec={seconds:g}s"]
    if isinstance(timing, Once):
        return [f"OnCalendar=@{timing.at_ms // 1000}"]
    if not isinstance(timing, ByCron):
        return ["OnBootSec=0"] if timing.shown == REBOOT else None
    words = timing.cron.fields
    kinds = KINDS if len(words) == 5 else (_SECOND, *KINDS)
    try:
        fields = [read_field(kind, word) for kind, word in zip(kinds, words, strict=True)]
    except (BadField, ValueError):
        return None
    if any(field.rest or not field.values for field in fields):
        return None
    return [f"OnCalendar={each} {schedule.timezone}" for each in _calendar(fields)]


def _calendar(fields: Sequence[Field]) -> list[str]:
    *seconds, minute, hour, dom, month, dow = fields
    clock = ":".join(_list(each) for each in (hour, minute, *seconds)) + ("" if seconds else ":00")
    days = ",".join(DAYS[day].title() for day in sorted(dow.values)) if len(dow.values) < 7 else ""
    by_day, by_date = f"{days} *-{_list(month)}-*".strip(), f"*-{_list(month)}-{_list(dom)}"
    if dom.star or dow.star:
        return [f"{days} {by_date} {clock}".strip()]
    return [f"{by_day} {clock}", f"{by_date} {clock}"]  # cron ORs the two (E1)


def _list(field: Field) -> str:
    whole = len(field.values) == field.kind.high - field.kind.low + 1
    return "*" if whole else ",".join(f"{value:02}" for value in sorted(field.values))


def _timer(schedule: Schedule, when: Sequence[str]) -> str:
    lines = ["[Unit]", f"Description={_percent(f'{schedule.name}: {schedule.timing.shown}')}", "", "[Timer]", *when]
    if schedule.catchup is not Catchup.NONE and when[0].startswith("OnCalendar"):
        lines.append("Persistent=true")
    if schedule.jitter:
        lines += [f"RandomizedDelaySec={schedule.jitter:g}s", "FixedRandomDelay=true"]
    lines += ["AccuracySec=1s", "", "[Install]"]
    return "\n".join([*lines, *(["WantedBy=timers.target"] if schedule.enabled else []), ""])


def _service(schedule: Schedule, task: Task, command: str, user: str | None) -> str:
    variables = {"PATH": PATH, **task.env}
    lines = ["[Unit]", f"Description={_percent(task.summary or schedule.name)}", "", "[Service]", "Type=oneshot"]
    if user is not None:  # without it the system's systemd would run it as root
        lines.append(f"User={user}")
    lines += [f"Environment={_quoted(f'{name}={value}')}" for name, value in variables.items()]
    lines.append(f"WorkingDirectory={_percent(task.cwd) if task.cwd else '~'}")
    lines.append(f"UMask={task.umask:04o}")
    if task.nice is not None:
        lines.append(f"Nice={task.nice}")
    lines.append(f"TimeoutStartSec={f'{task.timeout:g}s' if task.timeout else 'infinity'}")
    if task.ok_codes != (0,):
        lines.append(f"SuccessExitStatus={' '.join(str(code) for code in task.ok_codes)}")
    lines.append(f"ExecStart={task.shell} -c {_quoted(command.replace('$', '$$'))}")
    return "\n".join([*lines, ""])


def _lost(schedule: Schedule, task: Task) -> tuple[str, ...]:
    lost = []
    if schedule.overlap is not Overlap.SKIP:
        lost.append(f"overlap = {schedule.overlap.value}; systemd starts no service that still runs")
    if schedule.catchup is Catchup.ALL:
        lost.append("catchup = all; Persistent= makes up for one")
    beside = {
        "deadline": schedule.deadline,
        "with": schedule.params,
        "host": schedule.hosts,
        "retries": task.retry.limit,
        "lock": task.lock,
        "output.file": task.output_file,
        "notify": task.notify,
    }
    return tuple(lost + [word for word, value in beside.items() if value])


def _percent(text: str) -> str:
    return " ".join(text.split()).replace("%", "%%")


def _quoted(text: str) -> str:
    """One word of a unit's, whatever stands in it."""
    escaped = _QUOTED.sub(lambda found: f"\\{found[0]}", text.replace("%", "%%"))
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'
