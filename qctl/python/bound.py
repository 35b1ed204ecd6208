"""`self` of a task declared with `bind=True`: the task as the job that runs here knows it, in Celery's words."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NoReturn

from qctl import current
from qctl.current import Retry
from qctl.model.workflow.node_names import parts_of
from qctl.python.task_options import USUAL_RETRIES

TYPE_CHECKING = False
if TYPE_CHECKING:  # a slot has this module, and neither a client nor a store
    from qctl.python.compositions import Composition


class JobRequest:
    """What a task may know of the call that it runs for. Outside of a job `called_directly` is true, `id` None."""

    is_eager: Final = False
    #: What a job does not know of its call, and Celery's users may look at.
    chord = eta = expires = group = headers = None

    def __init__(self, task: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        self.task, self.args, self.kwargs = task, tuple(args), dict(kwargs)
        self.called_directly = "QCTL_JOB_ID" not in os.environ
        self.hostname = socket.gethostname()

    @property
    def id(self) -> str | None:
        return None if self.called_directly else current.job_id

    @property
    def correlation_id(self) -> str | None:
        return self.id

    @property
    def root_id(self) -> str | None:
        """The id of the workflow that the job is a part of; its own outside of one."""
        return self.id and (parts_of(self.id) or (self.id, ""))[0]

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


def max_retries(task: Any) -> int | None:
    """How often `self.retry()` runs a task again: what the call says, else the task as it runs here. None: no limit."""
    if (said := current.said_limit()) and current.task == task.name:
        return said[0]
    limit: int | None = task.task.retry.limit
    return limit if "retries" in task.declared.values else USUAL_RETRIES


class BoundTask:
    """The task itself: `self.delay(…)`, `self.s(…)`, `self.name`; and what only a running job can ask for."""

    MaxRetriesExceededError: Final = current.MaxRetriesExceededError

    def __init__(self, task: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> None:
        self._task = task
        self.request = JobRequest(task.name, args, kwargs or {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._task(*args, **kwargs)

    @property
    def max_retries(self) -> int | None:
        """How often `retry` runs it again. None: no limit.

        The call's `retries` win over the task's; where neither says a number it is 3, as Celery has it.
        """
        return max_retries(self._task)

    def retry(
        self,
        args: Any = None,
        kwargs: Any = None,
        exc: BaseException | None = None,
        throw: bool = True,
        eta: datetime | None = None,
        countdown: float | None = None,
        max_retries: int | None = None,
        **others: Any,
    ) -> Retry:
        """Run this job again after `countdown` seconds or at `eta`, by default after the task's own backoff.

        `exc` is what the job ends with when there is no retry left, without it MaxRetriesExceededError, which is raised
        here; `max_retries` may allow other than the task does.
        Never comes back, unless `throw` is false: then it answers the exception to raise. Where no job runs, `exc` is
        raised. Raises TypeError for what would make another job of it: other arguments, another queue.
        """
        if args is not None or kwargs is not None or others:
            named = ", ".join(
                [*(["args"] if args is not None else []), *(["kwargs"] if kwargs is not None else []), *others]
            )
            raise TypeError(
                f"self.retry() takes no {named}: a job is tried again as it is; self.apply_async(…) makes another"
            )
        if eta is not None:
            countdown = max(0.0, (eta if eta.tzinfo else eta.astimezone()).timestamp() - time.time())
        if self.request.called_directly:
            raise exc if exc is not None else current.retry(countdown)
        most = self.max_retries if max_retries is None else max_retries
        if exc is None and most is not None and self.request.retries >= most:
            raise current.MaxRetriesExceededError(f"{self.request.id} was tried again {most} times")
        asked = current.retry(countdown, exc=exc, max_retries=max_retries)
        if "retries" not in self._task.declared.values:
            asked.usual = USUAL_RETRIES
        if throw:
            raise asked
        return asked

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
