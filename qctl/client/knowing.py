"""Which tasks a caller knows: those of its configuration, those that its own code declares, what workers tell of."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.declared_here import declared_here
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from qctl.config import Config
    from qctl.config.declared import read_declared
    from qctl.config.requests import Request
    from qctl.model.task import Task
    from qctl.model.workflow.tree import tasks_of
else:
    read_declared = later("qctl.config.declared", "read_declared")
    tasks_of = later("qctl.model.workflow.tree", "tasks_of")


class Known:
    """The configuration of one submit, which grows by the tasks that turn out to be asked for.

    `tell` answers what live workers can run. It is asked once, and only for what nothing else here declares.
    """

    def __init__(self, config: Config, tell: Callable[[], Mapping[str, Task]]) -> None:
        self._config, self._tell = config, tell
        self._told = False

    def of(self, request: Request) -> Config:
        """The configuration with every task that a request names, as far as anybody knows it."""
        known = request.tree is None and isinstance(request.task, str) and request.task in self._config.tasks
        if known or request.adhoc:
            return self._config
        return self.with_tasks(named_tasks(request, self._config))

    def with_tasks(self, names: Iterable[str]) -> Config:
        """The configuration with tasks of these names, as far as anybody knows them."""
        for name in names:
            if self._has(name):
                continue
            if name in declared_here:
                self._add({name: read_declared(declared_here[name].declared, self._config.defaults)})
            elif not self._told:
                self._told = True
                self._add(dict(self._tell()))
        return self._config

    def _has(self, name: str) -> bool:
        config = self._config
        return config.known(name) is not None or name in config.workflows or name in config.broken

    def _add(self, found: Mapping[str, Task]) -> None:
        self._config = replace(self._config, declared={**found, **self._config.declared})


def named_tasks(request: Request, config: Config) -> Iterator[str]:
    """The tasks that a request means, those of the workflows among them too."""
    seen: set[str] = set()
    left = [request.task] if request.tree is None else list(tasks_of(request.tree))
    while left:
        name = left.pop()
        if not isinstance(name, str) or name in seen:
            continue
        seen.add(name)
        workflow = config.workflows.get(name)
        if workflow is None:
            yield name
        elif workflow.composition is not None:
            left += tasks_of(workflow.composition)
            left += [end.task for end in (workflow.on_error, workflow.on_success) if end is not None]
