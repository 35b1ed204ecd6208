"""`self` of a task declared with `bind=True`: the task as the job that runs here knows it, in Celery's words."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from qctl import current

if TYPE_CHECKING:  # a slot has this module, and neither a client nor a store
    from qctl.python.compositions import Composition


class JobRequest:
    """What a task may know of the call that it runs for. Outside of a job `called_directly` is true, `id` None."""

    is_eager: Final = False

    def __init__(self, task: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self.task, self.args, self.kwargs = task, tuple(args), dict(kwargs)
        self.called_directly = "QCTL_JOB_ID" not in os.environ
        self.hostname = socket.gethostname()

    @property
    def id(self) -> str | None:
        return None if self.called_directly else current.job_id

    @property
    def parent_id(self) -> str | None:
        """The id of the job, or of the group, that this one comes after."""
        return None if self.called_directly else current.parent_id

    @property
    def retries(self) -> int:
        """How many attempts there were before this one."""
        return 0 if self.called_directly else current.attempt - 1

    @property
    def delivery_info(self) -> dict[str, str | None]:
        """By which queue it came; the routing key is the queue's name."""
        queue = None if self.called_directly else current.queue
        return {"routing_key": queue, "exchange": ""}


class BoundTask:
    """The task itself: `self.delay(…)`, `self.s(…)`, `self.name`; and what only a running job can ask for."""

    def __init__(self, task: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> None:
        self._task = task
        self.request = JobRequest(task.name, args, kwargs or {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._task(*args, **kwargs)

    def retry(
        self, exc: BaseException | None = None, countdown: float | None = None, max_retries: int | None = None
    ) -> NoReturn:
        """Run this job again after `countdown` seconds, by default after the task's own backoff: never comes back.

        `exc` is what the job ends with when there is no retry left; `max_retries` may allow other than the task does.
        Where no job runs, `exc` is raised.
        """
        if self.request.called_directly:
            raise exc if exc is not None else current.retry(countdown)
        raise current.retry(countdown, exc=exc, max_retries=max_retries)

    def update_state(self, state: str | None = None, meta: Mapping[str, Any] | None = None) -> None:
        """Say how far the job is: `AsyncResult.state` and `.info` tell it until the job ends."""
        current.update_state(state=state, meta=meta)

    def replace(self, instead: Composition) -> NoReturn:
        """Let `instead` run in this job's place: its end and its value will be the job's. Never comes back."""
        raise current.replace(instead)

    def add_to_chord(self, member: Composition) -> None:
        """Add a member to the group that this job is within; what comes after the group waits for it too."""
        current.extend_group(member)

    def __repr__(self) -> str:
        return repr(self._task)
