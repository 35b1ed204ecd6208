"""Runs a Python task in this slot, and says how the call came out.

The only place where task code is called. A stop comes as an exception out of the signal handler, and it can come at any
instruction; so it may only arise while the task itself runs, once per request, and `call` catches all that comes.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import os
import traceback
from collections.abc import Coroutine
from typing import Any, NamedTuple, Protocol

from qctl import current
from qctl.current import SoftTimeLimitExceeded, Stopped
from qctl.engine.processes.table import How

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType
    from typing import Final

    from qctl.engine.processes.table import Request
    from qctl.model.workflow.plan import WorkflowSubmission

_OWN_FILES: Final = os.path.dirname(os.path.abspath(__file__)) + os.sep
_DECORATED: Final = os.path.join(os.path.dirname(os.path.abspath(current.__file__)), "python") + os.sep  # of `@task`
_ASYNCIO: Final = os.path.dirname(os.path.abspath(asyncio.__file__)) + os.sep


class Called(NamedTuple):
    """How a call came out: a value, an exception, or a workflow that is to stand in the job's place."""

    value: Any = None
    error: BaseException | None = None
    instead: WorkflowSubmission | None = None


class Interruptible(Protocol):
    """Where a stop may come from while a task runs."""

    interrupt: Callable[[Request], None] | None  #: what to do at once; may raise into the task


def call(function: Callable[[], Any], stopping: Interruptible, loop: Loop) -> Called:
    """Call a task. Never raises, whatever the task does (fault 13)."""
    try:
        try:
            stopping.interrupt = _interrupt
            value = contextvars.copy_context().run(function)
            if inspect.iscoroutine(value):
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


def exception_for(request: Request) -> BaseException:
    """The exception that tells a Python task to stop."""
    if request.stop.how is How.SOFT:
        return SoftTimeLimitExceeded("the job has run into its soft time limit")
    return Stopped("the job is told to stop")


class Loop:
    """The slot's event loop for `async def` tasks; made when the first one comes."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    def run(self, coroutine: Coroutine[Any, Any, Any], stopping: Interruptible) -> Any:
        """Run a coroutine to its end, and cancel the tasks that it has left in the loop."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        loop = self._runner.get_loop()
        guarded = _Guarded(coroutine)
        main = loop.create_task(guarded, name="job")

        def interrupt(request: Request) -> None:
            """In the signal handler: interrupt the job's own code, or wake it where it awaits."""
            if guarded.running:
                raise exception_for(request)
            guarded.told = exception_for(request)
            loop.call_soon_threadsafe(main.cancel)

        stopping.interrupt = interrupt
        try:
            return loop.run_until_complete(main)
        finally:
            stopping.interrupt = None
            self._clear(loop, main)

    def close(self) -> None:
        """Let the loop go, where it does not go with its process."""
        if self._runner is not None:
            self._runner.close()

    def _clear(self, loop: asyncio.AbstractEventLoop, main: asyncio.Task[Any]) -> None:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left, timeout=1.0))
        if main.done() and not main.cancelled():
            main.exception()  # seen: asyncio need not warn of it


class _Guarded(Coroutine[Any, Any, Any]):
    """A coroutine that, when it is cancelled for a stop, raises the stop's own exception where it awaits."""

    def __init__(self, inner: Coroutine[Any, Any, Any]) -> None:
        self._inner = inner
        self.running = False
        self.told: BaseException | None = None

    def send(self, value: Any) -> Any:
        """Go on."""
        self.running = True
        try:
            return self._inner.send(value)
        finally:
            self.running = False

    def throw(self, *error: Any) -> Any:
        """Go on with an exception: that of the stop, if this is how it arrives."""
        self.running = True
        try:
            if self.told is not None and isinstance(error[0], asyncio.CancelledError):
                told, self.told = self.told, None
                return self._inner.throw(told)
            return self._inner.throw(*error)
        finally:
            self.running = False

    def close(self) -> None:
        """Give up."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()


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
