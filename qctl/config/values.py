"""The configuration as everybody else sees it: one frozen value, read from all files at once."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.errors import ConfigError, NotFound
from qctl.later import later
from qctl.model.task import DAY, Task

TYPE_CHECKING = False
if TYPE_CHECKING:  # who declares a task has no use for files
    from collections.abc import Mapping
    from fnmatch import fnmatchcase
    from typing import Any, Final

    from qctl.config.problems import Problem
    from qctl.config.stamps import Stamp
    from qctl.model.suggest import did_you_mean
    from qctl.model.task import Queue
else:
    did_you_mean = later("qctl.model.suggest", "did_you_mean")
    fnmatchcase = later("fnmatch", "fnmatchcase")

DEFAULT_QUEUE: Final = "default"


class NoSuchTask(NotFound):
    """no task `{task}`{meant}"""


class BrokenTask(ConfigError):
    """task `{task}` is declared, but its definition is broken: {reason}"""

    help = "qctl check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What tasks.toml and the files it includes say. Durations are seconds, sizes bytes; paths are absolute."""

    file: str = ""  #: the file that was found; empty: there is none
    stamps: tuple[Stamp, ...] = ()  #: every file and folder that was read, as it was then
    redis: str | None = None  #: None: the embedded server
    namespace: str = "qctl"
    timezone: str | None = None  #: None: the host's
    modules: tuple[str, ...] = ()
    python_path: tuple[str, ...] = ()
    retention_age: float = 30 * DAY
    retention_runs: int = 1000  #: per task
    output_budget: int = 256 * 1024 * 1024
    adhoc: bool | None = None  #: None: true on the embedded server, else false
    fsync: str = "always"
    routes: tuple[tuple[str, str], ...] = ()  #: (pattern, queue), the first match wins
    queues: Mapping[str, Queue] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)  #: those that can run
    declared: Mapping[str, Task] = field(default_factory=dict)  #: by Python code, as a worker knows or tells of them
    broken: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)  #: those that are declared and cannot
    workflows: Mapping[str, Task] = field(default_factory=dict)  #: those that can run, of Kind.WORKFLOW
    notify: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    deliveries: Mapping[str, Task] = field(default_factory=dict)  #: by `notify.NAME`, what delivers its notices
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)  #: of tasks that Python code declares
    problems: tuple[Problem, ...] = ()  #: every error found while reading, those of broken tasks included
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)  #: each file as parsed

    @property
    def files(self) -> tuple[str, ...]:
        """The files that were read, the first one first."""
        return tuple(self.documents)

    @property
    def declares_all(self) -> bool:
        """Whether a task that is not declared here is none: without a file, or with modules, workers may know more."""
        return bool(self.file) and not self.modules

    @property
    def runnable(self) -> Mapping[str, Task]:
        """All that a worker can run: the tasks, and what delivers notices."""
        return {**self.declared, **self.tasks, **self.deliveries}

    def known(self, name: str) -> Task | None:
        """What a worker runs under this name; None if there is nothing."""
        return self.tasks.get(name) or self.deliveries.get(name) or self.declared.get(name)

    def place_of(self, name: str) -> str:
        """Where a name is declared, as `file:line`; empty: nowhere."""
        found = self.known(name) or self.workflows.get(name)
        if found is not None:
            return f"{found.file}:{found.line}"
        return self.broken[name][0].place if name in self.broken else ""

    def task(self, name: str) -> Task:
        """The task or workflow of this name, or what delivers notices.

        Raises BrokenTask if it is declared and could not be read, NotFound with a suggestion if it is not declared.
        """
        if (found := self.known(name) or self.workflows.get(name)) is not None:
            return found
        if name in self.broken:
            raise BrokenTask(task=name, reason=self.broken[name][0].message)
        meant = did_you_mean(name, [*self.tasks, *self.declared, *self.workflows])
        raise NoSuchTask(task=name, meant=meant, help=self._where_to_look)

    @property
    def _where_to_look(self) -> str:
        if not self.file and not self.declared:
            return "qctl init        writes a tasks.toml: none was found here or above"
        if not self.modules or self.declared:
            return "qctl task list"
        named = ", ".join(self.modules)
        return f"qctl up -d        if {named} declares it: tasks of `modules` are known once a worker runs"

    def queue_of(self, task: Task | str) -> str:
        """The queue that a task's jobs go to when the call names none: the task's, that of a route, `default`."""
        if isinstance(task, Task):
            if task.queue is not None:
                return task.queue
            task = task.name
        return next((queue for pattern, queue in self.routes if fnmatchcase(task, pattern)), DEFAULT_QUEUE)
