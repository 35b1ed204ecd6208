"""Tasks that Python code declares, as a configuration holds them: read by the same readers as `[tasks.NAME]`.

A declaration is plain JSON values under the keys of tasks.toml, so that the process which has imported the code can
tell one that has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as Folder

from qctl.classes import dataclass, field, replace
from qctl.config.keys import DECLARED_PARAM
from qctl.config.parameters import read_params
from qctl.config.reading import Reading
from qctl.config.tasks import finish_task, merge, read_keys
from qctl.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final, Self

    from qctl.config.problems import Problem
    from qctl.config.values import Config
    from qctl.model.task import Task


class BadDeclaration(ConfigError):
    """{message}"""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.message}; {problem.note}" if problem.note else problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One task as its code declares it."""

    name: str
    values: Mapping[str, Any]  #: JSON values by the keys of `[tasks.NAME]`, `call` and `params` among them
    extra: bool = False  #: takes parameters that are not declared, as `**kwargs`
    rest: bool = False  #: takes more by place, as `*args`
    file: str = ""
    line: int = 0

    def as_json(self) -> dict[str, Any]:
        """This declaration as one process tells it to another."""
        return {name: getattr(self, name) for name in _FIELDS}

    @property
    def place(self) -> str:
        """`file:line`, as editors open it."""
        return f"{self.file}:{self.line}"

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """A declaration as it was told."""
        return cls(**{name: said[name] for name in _FIELDS})


_FIELDS: Final = ("name", "values", "extra", "rest", "file", "line")


def read_declared(declared: Declared, defaults: Mapping[str, Any] | None = None) -> Task:
    """The task that is declared, over what [defaults] says. Raises BadDeclaration with the first thing wrong."""
    reading, folder = Reading(declared.file), Folder(declared.file).parent
    path, what = ("tasks", declared.name), f"task `{declared.name}`"
    raw = dict(declared.values)
    params = read_params(reading, raw.pop("params", {}), (*path, "params"), what, folder, DECLARED_PARAM)
    own = read_keys(reading, raw, path, what, folder) | {"params": params}
    own["written"] |= {"params": params, "extra": declared.extra, "rest": declared.rest}
    task = None if reading.problems else finish_task(reading, declared.name, merge(defaults or {}, own), declared.line)
    if task is None:
        raise BadDeclaration(reading.problems[0])
    return replace(task, extra=declared.extra, rest=declared.rest)


@dataclass(frozen=True, slots=True)
class Joined:
    """A configuration with the tasks that code declares, and what is to be told of those that were left out."""

    config: Config
    warnings: tuple[str, ...] = field(default=())


def with_declared(config: Config, declarations: Iterable[Declared]) -> Joined:
    """Add the tasks that code declares to those of tasks.toml, which wins where both have a name.

    Where tasks.toml means the very function it is written down there how it runs; told is what of the decorator's
    options then does not hold.
    """
    found: dict[str, Task] = {}
    warnings = []
    config = replace(config, declared={})
    for declared in declarations:
        if where := config.place_of(declared.name):
            if (known := config.tasks.get(declared.name)) is None or known.call != declared.values["call"]:
                said = f"task {declared.name} is declared twice, in {where} and {declared.place}"
                warnings.append(f"{said}: that of {where} holds")
            elif lost := _not_taken_over(config, declared):
                warnings.append(
                    f"task {declared.name} of {where} calls {known.call}, whose @task in {declared.place} says "
                    f"{', '.join(lost)} too: that does not hold unless {where} says it; "
                    f'[workflows.NAME] with pipeline = "{declared.name}" gives a task of its own a schedule'
                )
            continue
        try:
            found[declared.name] = read_declared(declared, config.defaults)
        except BadDeclaration as error:
            warnings.append(f"the task of {declared.place} is left out: {error}")
    return Joined(replace(config, declared=found), tuple(warnings))


def _not_taken_over(config: Config, declared: Declared) -> list[str]:
    """The options of a decorator that a table of tasks.toml for the same function does not say."""
    tables = (document.get("tasks", {}).get(declared.name) for document in config.documents.values())
    written = set().union(*(table for table in tables if isinstance(table, Mapping)))
    return [name for name in declared.values if name not in written and name not in _NO_OPTIONS]


_NO_OPTIONS: Final = ("call", "params", "doc")  #: what every declaration says
