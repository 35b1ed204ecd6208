"""The caller's crontab: lines that cron still runs beside a schedule of the same command."""

from __future__ import annotations

from qctl.client.crontab import caller, read_crontab
from qctl.errors import QctlError
from qctl.model.crontab import CRONIE, read_table, split_command
from qctl.model.finding import ok, warn
from qctl.model.show import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Final

    from qctl.config import Config
    from qctl.model.finding import Finding
    from qctl.model.task import Task

_PATIENCE: Final = 3.0  #: seconds for `crontab -l`


def look_at_crontab(config: Config) -> Finding:
    """Whether a command runs twice: by its schedule here, and by cron."""
    declared = (*config.tasks.values(), *config.workflows.values())
    scheduled = [task for task in declared if task.schedules and task.enabled]
    if not scheduled:
        return ok("crontab", "no task or workflow that is enabled has a schedule")
    twice = duplicates(scheduled, commands(_own_crontab()))
    if not twice:
        return ok("crontab", "no line of yours runs the command of a scheduled task")
    said = ", ".join(twice[:5])
    return warn(
        "crontab",
        f"{count(len(twice), 'scheduled task')} run by your crontab too: {said}",
        "qctl import crontab --comment-out",
    )


def commands(crontab: str) -> Iterator[str]:
    """The commands of a user's crontab that are not commented out, without what goes to their stdin."""
    # cronie reads all that Debian's cron does, and more: nothing that runs is missed.
    for line in read_table(crontab, CRONIE, users=False).lines:
        yield _plain(split_command(line.command)[0])


def duplicates(tasks: Iterable[Task], lines: Iterable[str]) -> list[str]:
    """The tasks whose command is one of these."""
    known = set(lines)
    return [task.name for task in tasks if any(text in known for text in _texts(task))]


def _texts(task: Task) -> Iterator[str]:
    """How a crontab would write a task's command: whole, or, where stdin follows it, its first line."""
    if task.exec is not None:
        yield _plain(" ".join(task.exec))
    elif task.run is not None:
        yield _plain(task.run)
        yield _plain(task.run.strip().partition("<<")[0])


def _plain(text: str) -> str:
    return " ".join(text.split())


def _own_crontab() -> str:
    """What the program `crontab` says; nothing where there is no such program, or no crontab."""
    try:
        return read_crontab(caller(), _PATIENCE)
    except QctlError:
        return ""
