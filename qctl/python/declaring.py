"""`@task`: a function that is called as before, and that jobs can be made of.

Loads no client and no engine: a worker's task modules and a web
program pay for the decorator alone. What a task offers to its callers is looked up when it is first asked for.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final, Generic, ParamSpec, TypeVar, overload

from qctl.config.declared import BadDeclaration, Declared, read_declared
from qctl.config.declared_here import declared_here
from qctl.model.task import Task
from qctl.python.bound import BoundTask
from qctl.python.parameters import taken_by
from qctl.python.task_options import keys_of

P = ParamSpec("P")
R = TypeVar("R")


class TaskFunction(Generic[P, R]):
    """A function declared as a task. A call of it is a plain call, here and now; `delay` makes a job of it.

    `name` is what workers and the command line call it, `task` its definition without what [defaults] may add.
    """

    __wrapped__: Callable[..., R]

    def __init__(self, function: Callable[..., R], declared: Declared, *, bind: bool) -> None:
        functools.update_wrapper(self, function)
        self.name: Final = declared.name
        self.declared: Final = declared
        self.task: Final[Task] = read_declared(declared)
        self.bind: Final = bind
        self._function = function
        signature = inspect.signature(function)
        self.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1 if bind else 0 :])

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function. With `bind` its first argument is the task, as the job that runs here knows it."""
        if self.bind:
            return self._function(BoundTask(self, args, kwargs), *args, **kwargs)
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<task {self.name} of {self.declared.place}>"

    def __reduce__(self) -> str:
        """Copied and sent to other processes as what it is: a name of its module."""
        return str(self.__qualname__)

    def delay(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Submit a job with these arguments. Raises what `apply_async` raises."""
        return _signatures().delayed(self, args, kwargs)

    def apply_async(
        self, args: Iterable[Any] | None = None, kwargs: dict[str, Any] | None = None, **options: Any
    ) -> Any:
        """Submit a job: options as those of a signature's `apply_async`."""
        return self.signature(args, kwargs).apply_async(**options)

    def s(self, *args: Any, **kwargs: Any) -> Any:
        """This task with some of its arguments; as a step it receives the value before it first."""
        return self.signature(args, kwargs)

    def si(self, *args: Any, **kwargs: Any) -> Any:
        """This task with all of its arguments; as a step it receives nothing."""
        return self.signature(args, kwargs, immutable=True)

    def signature(self, args: Iterable[Any] | None = None, kwargs: dict[str, Any] | None = None, **options: Any) -> Any:
        """This task with some of its arguments, and options of a signature."""
        return _signatures().Signature(self, tuple(args or ()), dict(kwargs or {}), **options)

    def __getattr__(self, name: str) -> Any:
        """What else a task offers: to who composes `map`, `starmap`, `chunks`; what Celery's users look up on it."""
        if name in _ATTRIBUTES and "declared" in self.__dict__:
            return _signatures().attribute(self, name)
        if name not in _COMPOSED:
            raise AttributeError(f"task {self.__dict__.get('name')} has no attribute {name!r}")
        return getattr(_signatures(), name).__get__(self)


_COMPOSED: Final = ("map", "starmap", "chunks", "apply", "subtask", "retry")
_ATTRIBUTES: Final = (
    *("request", "max_retries", "default_retry_delay", "rate_limit", "ignore_result", "run"),
    *("AsyncResult", "MaxRetriesExceededError"),
)


def _signatures() -> Any:
    return import_module("qctl.python.offered")


@overload
def task(function: Callable[P, R], /) -> TaskFunction[P, R]:
    """Declare a function as a task, without options."""


@overload
def task(
    *, name: str | None = None, bind: bool = False, **options: Any
) -> Callable[[Callable[..., R]], TaskFunction[..., R]]:
    """Declare a function as a task, with options."""


def task(
    function: Callable[..., Any] | None = None, /, *, name: str | None = None, bind: bool = False, **options: Any
) -> Any:
    """Declare a function as a task: `@task`, or `@task(queue="high", max_retries=5)`.

    `name` is MODULE.FUNCTION unless it is given; with `bind` the function's first argument is the task itself. Options
    are the keys of `[tasks.NAME]` in tasks.toml and Celery's names for them. Raises TypeError for an option that there
    is not or that is said twice, ValueError for a value that is wrong.
    """
    if function is not None:
        return _declare(function, name, bind, options)
    return lambda decorated: _declare(decorated, name, bind, options)


def _declare(
    function: Callable[..., Any], name: str | None, bind: bool, options: dict[str, Any]
) -> TaskFunction[..., Any]:
    if not inspect.isfunction(inspect.unwrap(function)):
        raise TypeError(f"@task is for functions, and {function!r} is none")
    module, path = _module_of(function), function.__qualname__.replace(".<locals>", "")
    name = f"{module}.{path}" if name is None else name
    try:
        declared, said = _declared(function, name, f"{module}:{path}", bind, options)
        made: TaskFunction[..., Any] = TaskFunction(function, declared, bind=bind)
    except TypeError as error:
        raise TypeError(f"@task {name}: {error}") from None
    except BadDeclaration as error:
        raise ValueError(f"@task {name}: {_in_their_words(error, said, options)}") from None
    soft, hard = made.task.soft_timeout, made.task.timeout
    if soft is not None and hard is not None and soft >= hard:
        first, second = said.get("soft_timeout", "soft_timeout"), said.get("timeout", "timeout")
        raise ValueError(
            f"@task {name}: {first} ({soft:g} s) has to be less than {second} ({hard:g} s), or it is never met"
        )
    _register(made)
    return made


def _declared(
    function: Callable[..., Any], name: str, call: str, bind: bool, options: dict[str, Any]
) -> tuple[Declared, dict[str, str]]:
    values, said = keys_of(options, call)
    taken = taken_by(function, bound=bind)
    more = values.pop("params", {})
    if strange := more.keys() - taken.params.keys():
        raise TypeError(f"`params` names {', '.join(sorted(strange))}, which the function does not take")
    values |= {"call": call, "params": {param: {**its, **more.get(param, {})} for param, its in taken.params.items()}}
    values = {"doc": inspect.cleandoc(function.__doc__ or "")} | values
    code = inspect.unwrap(function).__code__
    file = os.path.abspath(code.co_filename)
    return Declared(
        name=name, values=values, extra=taken.extra, rest=taken.rest, file=file, line=code.co_firstlineno
    ), said


def _in_their_words(error: BadDeclaration, said: dict[str, str], options: dict[str, Any]) -> str:
    """What is wrong, under the name of the option that said it, with its value."""
    key = next(iter(error.problem.path[2:3]), "")
    option = said.get(str(key), "")
    return f"{option}={options[option]!r}: {error}" if option in options else str(error)


def _module_of(function: Callable[..., Any]) -> str:
    """The name under which a worker imports the function's module, of a program that is run as it is, too."""
    if function.__module__ != "__main__":
        return function.__module__
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    name = spec.name if spec else os.path.splitext(os.path.basename(getattr(main, "__file__", "")))[0]
    return name if name.replace(".", "_").isidentifier() else "__main__"


def _register(made: TaskFunction[..., Any]) -> None:
    """Enter a task. The same function of the same module takes the place of an earlier one, as it does in Python."""
    there = declared_here.get(made.name)
    if there is not None and there.declared.values["call"] != made.declared.values["call"]:
        places = f"{there.declared.place} and {made.declared.place}"
        raise ValueError(f"@task {made.name} is declared twice, in {places}: give one of them another `name`")
    declared_here[made.name] = made
