"""How the schedules of tasks are called. No two may have one name: beats would take them for one."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.config.problems import Problem
from qctl.hashes import sha256
from qctl.model.names import at_host
from qctl.model.schedule import canonical
from qctl.model.secrets import secret_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, Final

    from qctl.model.task import Task

SAME_NAME: Final = "Q029"


def schedule_name(task: Task, said: Mapping[str, Any]) -> str:
    """How a schedule is called: as it says, as its task, or of several that say nothing by what it is, never by place.

    So one more that has a name takes nothing from one without: what is known of that, and ordered, is kept by its name.
    """
    if "name" in said:
        return f"{task.name}.{said['name']}"
    if sum("name" not in each for each in task.schedules) == 1:
        return task.name
    secret = secret_names(task)  # a name is shown to all, and must not change with a password
    given = {key: value for key, value in said.get("with", {}).items() if key not in secret}
    kept = canonical({key: said.get(key) for key in ("cron", "every", "at", "timezone")} | {"with": given or None})
    return f"{task.name}.{sha256(kept).hexdigest()[:6]}"


def names_on_hosts(task: Task, name: str) -> tuple[str, ...]:
    """The names that a schedule goes by: its own, or of a task for each of several hosts one for each."""
    return tuple(at_host(name, host) for host in task.hosts) if task.each_host else (name,)


@dataclass(frozen=True, slots=True)
class _Place:
    """A schedule of a task, and where among the task's it stands."""

    task: Task
    position: int

    @property
    def said(self) -> Mapping[str, Any]:
        return self.task.schedules[self.position]

    def problem(self, message: str, note: str) -> Problem:
        path: tuple[str | int, ...] = (*self.task.path, "schedule")
        path = (*path, self.position) if len(self.task.schedules) > 1 else path
        return Problem(
            code=SAME_NAME,
            message=message,
            file=self.task.file,
            path=path,
            at_value=True,
            task=self.task.name,
            note=note,
            help="qctl help Q029",
        )


def same_names(tasks: Iterable[Task]) -> Iterator[Problem]:
    """A problem for each task of which a schedule has the name of another. Neither task can be used."""
    owners: dict[str, _Place] = {}
    told: set[str] = set()
    for task in tasks:
        for position, said in enumerate(task.schedules):
            here = _Place(task, position)
            for name in names_on_hosts(task, schedule_name(task, said)):
                first = owners.setdefault(name, here)
                if first is here:
                    continue
                both = (here,) if first.task is task else (here, first)
                for one, other in zip(both, (first, here), strict=False):
                    if one.task.name not in told:
                        told.add(one.task.name)
                        yield _problem(name, one, other)


def _problem(name: str, one: _Place, other: _Place) -> Problem:
    if one.task is not other.task:
        where = f"{other.task.file}:{other.task.line}"
        message = f"schedule `{name}` of {one.task.noun} has the name of one of {other.task.noun}, {where}"
        return one.problem(message, "neither is used; give one another `name`, or rename a task")
    if "name" in one.said:
        return one.problem(f"two schedules of {one.task.noun} are called `{name}`", "give one another `name`")
    same = f"two schedules of {one.task.noun} are due at the same times with the same parameters"
    return one.problem(same, "give each a `name`, by which they are told apart")
