"""Runs a Python task in this slot, and says how the call came out.

The only place where task code is called. A stop comes as an exception out of the signal handler, and it can come at any
instruction; so it may only arise while the task itself runs, once per request, and `call` catches all that comes.
"""

from __future__ import annotations

import contextvars
import os
import traceback
from types import CoroutineType
from typing import NamedTuple

from qctl import current
from qctl.engine.processes.interrupting import exception_for
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any, Final

    from qctl.engine.processes.coroutines import Runner
    from qctl.engine.processes.interrupting import Interruptible
    from qctl.engine.processes.table import Request
    from qctl.model.workflow.plan import WorkflowSubmission
else:
    Runner = later("qctl.engine.processes.coroutines", "Runner")

_OWN_FILES: Final = os.path.dirname(os.path.abspath(__file__)) + os.sep
_DECORATED: Final = os.path.join(os.path.dirname(os.path.abspath(current.__file__)), "python") + os.sep  # of `@task`
_ASYNCIO: Final = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "asyncio") + os.sep


class Called(NamedTuple):
    """How a call came out: a value, an exception, or a workflow that is to stand in the job's place."""

    value: Any = None
    error: BaseException | None = None
    instead: WorkflowSubmission | None = None


def call(function: Callable[[], Any], stopping: Interruptible, loop: Loop) -> Called:
    """Call a task. Never raises, whatever the task does (fault 13)."""
    try:
        try:
            stopping.interrupt = _interrupt
            if stopping.request is not None:
                _interrupt(stopping.request)  # it came while the task was made ready
            value = contextvars.copy_context().run(function)
            if isinstance(value, CoroutineType):
                value = loop.run(value, stopping)
        finally:
            stopping.interrupt = None
    except BaseException as error:
        stopping.interrupt = None
        return Called(error=error)
    return Called(value)


def _interrupt(request: Request) -> None:
    """In the signal handler: raise into the task. Each request comes here once (`Stopping`)."""
    raise exception_for(request)


class Loop:
    """The slot's event loop for `async def` tasks; made when the first one comes."""

    def __init__(self) -> None:
        self._runner: Runner | None = None

    def run(self, coroutine: Coroutine[Any, Any, Any], stopping: Interruptible) -> Any:
        """Run a coroutine to its end, and cancel the tasks that it has left in the loop."""
        if self._runner is None:
            self._runner = Runner()
        return self._runner.run(coroutine, stopping)

    def close(self) -> None:
        """Let the loop go, where it does not go with its process."""
        if self._runner is not None:
            self._runner.close()


def own_traceback(error: BaseException) -> str:
    """The traceback from the task's first frame to its last, without those of the engine that called or stopped it."""
    frame: TracebackType | None = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename.startswith((_OWN_FILES, _DECORATED, _ASYNCIO)):
        frame = frame.tb_next
    try:
        told = traceback.TracebackException(type(error), error, frame)
        while told.stack and told.stack[-1].filename.startswith(_OWN_FILES):
            told.stack.pop()
        return "".join(told.format())
    except Exception:
        return f"{type(error).__qualname__}: (its traceback cannot be shown)\n"


def text_of(error: BaseException) -> str:
    """An exception's text, even of one whose `__str__` raises (fault 13)."""
    try:
        return str(error)
    except BaseException:
        return "(its text cannot be made)"


def names_of(error: BaseException) -> tuple[str, ...]:
    """The names of an exception's class and its bases, bare and qualified, as `retry_on` may write them."""
    names: dict[str, None] = {}
    for cls in type(error).__mro__:
        if cls not in (object, BaseException):
            names[cls.__qualname__] = None
            names[f"{cls.__module__}.{cls.__qualname__}"] = None
    return tuple(names)
