"""Functions that a table of tasks.toml calls, and whose own code declares them as tasks: their source is read, not run.

A table holds in place of the declaration, so what it does not write down is not there.
"""

from __future__ import annotations

import ast
import os
import sys

from qctl.classes import dataclass
from qctl.config.problems import Problem, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qctl.config.values import Config
    from qctl.model.task import Task

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """A function as its source declares it."""

    name: str  #: of the task
    params: tuple[str, ...]
    file: str
    line: int


def dropped_parameters(config: Config) -> Iterator[Problem]:
    """Of each table over a declared task, the parameters of the function that it does not have."""
    folders = (*config.python_path, *filter(os.path.isabs, sys.path))
    for task in config.tasks.values():
        found = declared_at(task.call, folders) if task.call else None
        if found is not None and found.name == task.name and (problem := _dropped(task, found)):
            yield problem


def _dropped(task: Task, found: Source) -> Problem | None:
    lost = [name for name in found.params if name not in {param.name for param in task.params}]
    if not lost:
        return None
    return Problem(
        code="Q051",
        severity=Severity.WARNING,
        message=f"task `{task.name}` does not take {', '.join(f'`{name}`' for name in lost)}, "
        f"which its @task in {found.file}:{found.line} takes",
        note=f"params.{lost[0]} = {{}}",
        file=task.file,
        path=("tasks", task.name),
        task=task.name,
    )


def declared_at(call: str, folders: Iterable[str]) -> Source | None:
    """How the code of `module:function` declares it as a task; None if it does not, or is not found in the folders."""
    module, _, name = call.partition(":")
    file = next(filter(os.path.isfile, _places(module, folders)), None)
    if file is None:
        return None
    try:
        with open(file, "rb") as source:
            body = ast.parse(source.read()).body
    except (OSError, SyntaxError, ValueError, RecursionError):  # whoever imports it tells
        return None
    function = next((one for one in body if isinstance(one, Function) and one.name == name), None)
    decorator = None if function is None else next(_decorators(function, body), None)
    if function is None or decorator is None:
        return None
    options = {one.arg: one.value for one in decorator.keywords} if isinstance(decorator, ast.Call) else {}
    said = options.get("name")
    named = said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else f"{module}.{name}"
    bound = isinstance(bind := options.get("bind"), ast.Constant) and bool(bind.value)
    return Source(named, _params(function.args)[1 if bound else 0 :], file, function.lineno)


def _places(module: str, folders: Iterable[str]) -> Iterator[str]:
    path = module.replace(".", "/")
    for folder in folders:
        yield os.path.join(folder, path, "__init__.py")
        yield os.path.join(folder, f"{path}.py")


def _decorators(function: Function, body: Sequence[ast.stmt]) -> Iterator[ast.expr]:
    """Those that are qctl's `task`, under the name that the module imports it by."""
    imported = [
        alias.asname or alias.name
        for one in body
        if isinstance(one, ast.ImportFrom) and one.module == "qctl"
        for alias in one.names
        if alias.name == "task"
    ]
    for decorator in function.decorator_list:
        if ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator) in (*imported, "qctl.task"):
            yield decorator


def _params(taken: ast.arguments) -> tuple[str, ...]:
    return tuple(one.arg for one in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs))
