"""Task code: where it may be imported from, and what could not be. Runs in the template, once.

An import that fails is the trouble of the tasks that need it, and of nobody else (fault 84).
"""

from __future__ import annotations

import importlib
import os
import site
import sys
import threading
import traceback
from functools import partial

import qctl
from qctl.classes import dataclass, field
from qctl.config import Config
from qctl.config.declared import with_declared
from qctl.config.declared_here import declared_here
from qctl.engine.processes import safe_imports
from qctl.engine.processes.safe_imports import guard_imports
from qctl.model.call import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Final

    from qctl.config.declared import Declared
    from qctl.model.task import Task

#: The folder that the package `qctl` is imported from.
HOME_OF_QCTL: Final = os.path.dirname(os.path.dirname(os.path.abspath(qctl.__file__)))


#: Files whose frames say nothing of why an import failed: ours, and those of Python's import system.
_CO_COROUTINE: Final = 0x80  #: of `async def`, as inspect has it
_MOST_WRAPPERS: Final = 8
_NOT_THEIRS: Final = (
    os.path.abspath(__file__),
    os.path.abspath(safe_imports.__file__),
    os.path.dirname(os.path.abspath(importlib.__file__)),
    "<frozen importlib",
)


@dataclass(frozen=True, slots=True)
class ImportFailure:
    """Why a callable is not there."""

    type: str
    message: str
    traceback: str
    names: tuple[str, ...]  #: of the exception's class and its bases


@dataclass(slots=True)
class TaskCode:
    """The callables of the configuration, by task name."""

    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    failures: dict[str, ImportFailure] = field(default_factory=dict)  #: by task, or by module for `modules`
    config: Config = field(default_factory=Config)  #: with the tasks that the code declares
    declared: list[Declared] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def safe_path(path: Iterable[str], cwd: str, roots: Iterable[str], home_of_qctl: str) -> list[str]:
    """`sys.path` without the current directory (attack 27), with the declared roots.

    The roots stand behind the standard library, so that a stray `json.py` in one shadows nothing, and before what is
    installed, so that a project's own code wins over a package of the same name.
    """
    roots = list(roots)
    kept = [
        entry
        for entry in dict.fromkeys(path)
        if os.path.isabs(entry) and entry not in roots and (entry == home_of_qctl or entry != cwd)
    ]
    installed = {*site.getsitepackages(), site.getusersitepackages(), home_of_qctl}
    place = next((index for index, entry in enumerate(kept) if entry in installed and index), len(kept))
    return [*kept[:place], *roots, *kept[place:]]


def load(config: Config) -> TaskCode:
    """Import `modules` and the targets of all `call` tasks, and take in what they declare themselves."""
    sys.path[:] = safe_path(sys.path, os.getcwd(), config.python_path, HOME_OF_QCTL)
    guard_imports(config.python_path)
    code = TaskCode(config=config)
    for name in config.modules:
        failure = _attempt(partial(importlib.import_module, name))[1]
        if failure:
            code.failures[name] = failure
    for task in config.tasks.values():
        if task.kind is Kind.CALL:
            _load_task(code, task)
    _take_declared(code, config)
    if any(map(_is_async, code.functions.values())):
        importlib.import_module("qctl.engine.processes.coroutines")  # once, for all slots
    others = threading.active_count() - 1
    if others:
        code.warnings.append(f"{others} threads were started by importing task modules; slots are forked without them")
    return code


def _take_declared(code: TaskCode, config: Config) -> None:
    """Add what was declared with @task, but for a module that failed later on: half of it is not there."""
    there = {name: each for name, each in declared_here.items() if each.__module__ in sys.modules}
    code.declared = [each.declared for each in there.values()]
    joined = with_declared(config, code.declared)
    code.config = joined.config
    code.warnings += joined.warnings
    code.functions |= {name: there[name] for name in joined.config.declared}


def _load_task(code: TaskCode, task: Task) -> None:
    function, failure = _attempt(lambda: resolve(task.call or ""))
    if failure:
        code.failures[task.name] = failure
    elif not callable(function):
        text = f"{task.call} is no function, but a {type(function).__name__}"
        code.failures[task.name] = ImportFailure("TypeError", text, f"TypeError: {text}\n", ("TypeError",))
    else:
        code.functions[task.name] = function


def _is_async(function: Any) -> bool:
    for _ in range(_MOST_WRAPPERS):
        function = getattr(function, "__wrapped__", function)
    return bool(getattr(getattr(function, "__code__", None), "co_flags", 0) & _CO_COROUTINE)


def resolve(target: str) -> Any:
    """Find `module:name` or `module:Class.method`. Raises whatever the import raises."""
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _attempt(action: Callable[[], Any]) -> tuple[Any, ImportFailure | None]:
    """Do something that runs other people's code: even `sys.exit()` in a module is only that module's trouble."""
    try:
        return action(), None
    except BaseException as error:
        names = tuple(cls.__qualname__ for cls in type(error).__mro__ if cls is not object)
        return None, ImportFailure(type(error).__qualname__, _text_of(error), _their_traceback(error), names)


def _their_traceback(error: BaseException) -> str:
    """The traceback without our frames and those of the import system: one line where no code of theirs was run."""
    try:
        told: traceback.TracebackException | None = traceback.TracebackException.from_exception(error)
        whole = told
        while told is not None:
            frames = [frame for frame in told.stack if not frame.filename.startswith(_NOT_THEIRS)]
            told.stack = traceback.StackSummary.from_list(frames) if frames else None  # type: ignore[assignment]
            told = told.__cause__ or told.__context__
        return "".join(whole.format()) if whole else ""
    except Exception:
        return f"{type(error).__qualname__}: {_text_of(error)}\n"


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its text cannot be made)"


def broken(failures: Mapping[str, ImportFailure]) -> dict[str, str]:
    """For the worker's log: what cannot be imported, in one line each."""
    return {name: f"{failure.type}: {failure.message}" for name, failure in failures.items()}
