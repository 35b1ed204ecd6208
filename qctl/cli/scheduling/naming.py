"""Which schedule of the configuration is meant by a name."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.config.host_zone import host_zone_name
from qctl.config.timetable import schedules_of
from qctl.errors import NotFound, UsageError
from qctl.model.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from qctl.cli.session import Session
    from qctl.config import Config
    from qctl.model.schedule import Schedule
    from qctl.model.task import Task


@dataclass(frozen=True, slots=True)
class Declared:
    """One entry of a task's `schedule`, and the schedules that it makes: one, or one for each host."""

    task: Task
    place: int  #: among those of the task
    schedules: tuple[Schedule, ...]

    @property
    def name(self) -> str:
        """Its name without a host."""
        return self.schedules[0].name.partition("@")[0]


def namespace_of(here: Session, config: Config) -> str:
    """The namespace that is meant."""
    return here.settings.namespace or config.namespace


def declared(config: Config, here: Session) -> list[Declared]:
    """All schedules that the configuration declares, in the order of the file."""
    found: list[Declared] = []
    for task in (*config.tasks.values(), *config.workflows.values()):
        found += declared_of(task, config, here)
    return found


def by_name(config: Config, here: Session) -> dict[str, Schedule]:
    """The schedules that the configuration declares, one of each host where there is one for each."""
    return {schedule.name: schedule for one in declared(config, here) for schedule in one.schedules}


def declared_of(task: Task, config: Config, here: Session) -> Iterator[Declared]:
    """Those of one task."""
    every = list(schedules_of(task, config, namespace_of(here, config), host_zone_name(here.environ)))
    each = len(task.hosts) if task.each_host else 1
    for place in range(len(task.schedules)):
        yield Declared(task, place, tuple(every[place * each : (place + 1) * each]))


def meant(name: str, config: Config, here: Session) -> Declared:
    """The one that is called so. Raises NotFound, and UsageError where a task's name stands for several."""
    every = declared(config, here)
    for one in every:
        if name == one.name:
            return one
        if any(name == schedule.name for schedule in one.schedules):
            others = "each of its hosts has a schedule by it"
            raise UsageError(f"{name} is declared as {one.name}: {others}", help=f"name it as {one.name}")
    of_task = [one.name for one in every if one.task.name == name]
    if of_task:
        raise UsageError(f"task {name} has {len(of_task)} schedules: {', '.join(of_task)}", help="name one of them")
    if name in config.tasks or name in config.workflows or name in config.broken:
        config.task(name)
        raise NotFound(f"task {name} has no schedule", help=f"qctl schedule add {name} '30 2 * * *'")
    file = config.file or "any tasks.toml"
    raise NotFound(
        f"no schedule `{name}` in {file}{did_you_mean(name, [one.name for one in every])}", help="qctl schedule list"
    )
