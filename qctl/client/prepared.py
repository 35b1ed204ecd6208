"""A task made ready for the plain jobs that a program submits: what they have in common is settled once."""

from __future__ import annotations

from qctl.config.declared_here import declared_here
from qctl.config.moulds import Mould
from qctl.config.options import Request
from qctl.errors import OutcomeUnknown
from qctl.model.call import NOTHING, Kind, Values
from qctl.model.params import bind
from qctl.model.secrets import secret_names
from qctl.store.refusals import ConnectionBroken
from qctl.store.taken import Taken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from qctl.config import Config
    from qctl.model.submission import Submission
    from qctl.model.task import Task
    from qctl.store import Store


class PreparedTask:
    """Submits plain jobs of one task with the task's own options: what sets them apart is an id and parameters.

    It is of use as long as the same code declares the task.
    """

    def __init__(self, store: Store, task: Task, config: Config, draw: Callable[[], str]) -> None:
        request = Request(task=task.name)
        self._declared = declared_here.get(task.name)
        self._store, self._task, self._draw = store, task, draw
        self._mould = Mould(request, task, config, frozenset(), {})
        self._by_place = [p.name for p in task.params if not p.by_name] if task.kind is Kind.CALL else []
        self._bare = self._mould.body(NOTHING)
        self._takes_any = bool(task.params)
        self.like: Submission = self._mould.like(draw())  #: what all its jobs have in common
        self._command = store.job_verbs.submit_alike(self.like)

    @property
    def holds(self) -> bool:
        """Whether the task is still declared by what this was made of."""
        return declared_here.get(self._task.name) is self._declared

    def submit(self, params: Mapping[str, Any], args: Sequence[Any]) -> str | None:
        """Submit a job and answer its id; None where that has to go the long way, which also tells what is wrong.

        Raises ParameterError or UsageError, RedisUnreachable, and OutcomeUnknown if the connection broke.
        """
        if args:
            if params or len(args) > len(self._by_place):
                return None
            params = dict(zip(self._by_place, args, strict=False))
        body, job = self.body(params), self._draw()
        try:
            taken = self._store.do(self._command(job, body))
        except ConnectionBroken as error:
            raise OutcomeUnknown(id=job) from error
        if taken is Taken.NEW or (taken is Taken.EXISTS and self._store.asked_twice):
            return job
        return None  # where one exists before it was sent, another job with the same body drew the same id

    def body(self, params: Mapping[str, Any]) -> bytes:
        """The body of a job with these parameters. Raises ParameterError or UsageError."""
        if not params and not self._takes_any:
            return self._bare
        bound = bind(self._task, params)
        return self._mould.body(Values(bound)) if bound else self._bare


def prepared_task(store: Store, task: Task | None, config: Config, draw: Callable[[], str]) -> PreparedTask | None:
    """A task made ready; None if what becomes of its jobs depends on more than their parameters."""
    if task is None or not task.enabled or task.host or task.unique or secret_names(task):
        return None
    return PreparedTask(store, task, config, draw)
