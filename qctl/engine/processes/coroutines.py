"""The event loop of a slot, for `async def` tasks alone: asyncio is a third of all that a slot would have in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from qctl.engine.processes.interrupting import exception_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from qctl.engine.processes.interrupting import Interruptible
    from qctl.engine.processes.table import Request


class Runner:
    """Runs coroutines in one loop, one after the other."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, coroutine: Coroutine[Any, Any, Any], stopping: Interruptible) -> Any:
        """Run a coroutine to its end, and cancel the tasks that it has left in the loop."""
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
        """Let the loop go."""
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
