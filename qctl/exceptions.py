"""What a task raises to say what is to become of it, and what is raised in it. `qctl.current` has them all."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final


class SoftTimeLimitExceeded(Exception):
    """The job has run into its soft limit. Clean up and end; at the hard limit it is killed."""


class Stopped(BaseException):
    """The job is told to stop: hard limit, cancel, or the worker goes. What is not over within the grace is killed.

    Not an Exception, so that a loop that survives errors does not survive this; `finally` clauses run.
    """


class Retry(Exception):
    """The task asks to be run again. Made by `retry()`, to be raised."""

    def __init__(
        self,
        countdown: float | None = None,
        message: str = "",
        exc: BaseException | None = None,
        max_retries: int | None = None,
    ) -> None:
        self.countdown, self.exc, self.max_retries = countdown, exc, max_retries
        self.usual: int | None = None  #: the limit where neither task nor call says one
        super().__init__(message or "the task asked to be run again")


class MaxRetriesExceededError(Exception):
    """`self.retry()` was asked for once more than there are retries, and named no exception to end with."""


class Stop(Exception):
    """The task has found that there is nothing to do. Made by `stop()`, to be raised."""


class Replace(Exception):
    """The task lets other work stand in its place. Made by `replace()`, to be raised."""

    def __init__(self, work: Any) -> None:
        self.work: Final = work  #: a `model.workflow.tree`
        super().__init__("the task lets other work stand in its place")


class NoGroup(RuntimeError):
    """There is no group of this workflow that members could be added to."""


class TooMuch(ValueError):
    """More than a job may tell its worker at once."""


class NoJob(RuntimeError):
    """This code does not run in a job."""
