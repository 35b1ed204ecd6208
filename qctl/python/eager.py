"""`apply()`: a task, chain or group run here and now, in this process, with the handle of what it came to.

As a worker would run it, with its retries and all that comes of it, and without waiting for any of their times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from qctl.current import Stop
from qctl.model.state import Outcome
from qctl.python.instance import Qctl, current_instance
from qctl.python.results import AsyncResult
from qctl.python.shape import Shape


class EagerResult(AsyncResult):
    """What ran here. As any handle; but it raises the task's own exception, which has not travelled."""

    def __init__(
        self,
        id: str,  # noqa: A002
        instance: Qctl,
        shape: Shape | None,
        raised: Callable[[str], BaseException | None],
    ) -> None:
        super().__init__(id, instance, shape)
        self._raised = raised  #: by the id of a job, what its last attempt has raised

    @property
    def result(self) -> Any:
        """The value, or the exception."""
        return self.get(propagate=False)

    info = result

    def get(self, timeout: float | None = None, propagate: bool = True, **celerys: Any) -> Any:
        """The value. Raises what the task raised, JobFailed where it raised nothing, unless `propagate` is false."""
        job = self.job
        if job.outcome is Outcome.SUCCEEDED:
            return self._value()
        error = self._raised(job.upstream or job.id)
        if error is None or isinstance(error, SystemExit | Stop):
            return super().get(timeout, propagate, **celerys)
        if propagate:
            raise error
        return error

    wait = get


def applied(
    composed: Any, args: Sequence[Any] | None, kwargs: Mapping[str, Any] | None, options: Mapping[str, Any]
) -> Any:
    """Run a composition with the options of a call. None if there is nothing to do. Raises as `apply_async`."""
    inline = import_module("qctl.python.inline.instance").InlineQctl(current_instance().config)
    handle = composed.apply_async(args, kwargs, **{**options, "instance": inline})
    if not isinstance(handle, AsyncResult):
        return handle
    return EagerResult(handle.id, inline, handle._shape, lambda job: inline.room.book.entry(job).raised)
