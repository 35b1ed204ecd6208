"""How a stop comes into a Python task while it runs: as an exception, at once or where it awaits."""

from __future__ import annotations

from qctl.current import SoftTimeLimitExceeded, Stopped
from qctl.engine.processes.table import How

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from qctl.engine.processes.table import Request

    class Interruptible(Protocol):
        """Where a stop may come from while a task runs."""

        interrupt: Callable[[Request], None] | None  #: what to do at once; may raise into the task
        request: Request | None  #: the latest stop for it


def exception_for(request: Request) -> BaseException:
    """The exception that tells a Python task to stop."""
    if request.stop.how is How.SOFT:
        return SoftTimeLimitExceeded("the job has run into its soft time limit")
    return Stopped("the job is told to stop")
