"""`qctl_inline` and `qctl_recorded`: what the code under test submits runs in this process, or is only recorded."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Final

import pytest

from qctl.classes import dataclass, field
from qctl.config import Config
from qctl.model.call import SHOWN, Call
from qctl.model.secrets import decode
from qctl.model.submission import Submission
from qctl.model.workflow.expression import is_expression, parse
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.tree import Step
from qctl.python.calling import submit
from qctl.python.canvas import signature
from qctl.python.inline.instance import InlineQctl
from qctl.python.inline.room import Asked
from qctl.python.instance import standing_in
from qctl.python.results import AsyncResult
from qctl.testing.setup import environment, setup_of

#: Where a command that a test starts would find its jobs: nowhere, rather than at the user's own.
_NOWHERE: Final = "unix:///jobs-of-this-test-run-in-its-own-process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """Something that was submitted, as it was asked for, but for the values of secrets. Times in seconds."""

    id: str
    task: str  #: the name of the task, or of the workflow; `pipeline` of one that was composed at the call
    args: tuple[Any, ...] = ()  #: as the call gave them, of a task alone
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)  #: all parameters that have a value by now, by name
    steps: tuple[str, ...] = ()  #: of a workflow its tasks in declared order
    text: str = ""  #: of a workflow the expression that composes it
    queue: str = "default"
    priority: int = 5
    countdown: float | None = None
    eta: datetime | None = None  #: in UTC
    expires: float | None = None
    key: str = ""
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    handle: AsyncResult = field(repr=False, compare=False)


class Inline:
    """What a test may ask of the jobs that run in its own process."""

    def __init__(self, instance: InlineQctl) -> None:
        self.instance = instance

    @property
    def submitted(self) -> list[Submitted]:
        """All that was submitted so far, by the code under test and by jobs, in order."""
        return [self._submitted(asked) for asked in self.instance.room.asked]

    def of(self, task: Any) -> list[Submitted]:
        """What was submitted of one task or workflow, given by itself or by its name. Steps of workflows are none."""
        name = task if isinstance(task, str) else task.name
        return [one for one in self.submitted if one.task == name]

    def run(self, what: Any, params: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Run a task or a workflow of the tasks.toml by its name, an expression, a task or a signature; its handle.

            qctl_inline.run("backup-db", {"keep": 3}).get()
            qctl_inline.run("dump(db=main) | gzip").state

        `params` and `options` are those of a call. Raises what submitting raises.
        """
        if isinstance(what, str) and is_expression(what):
            handle = submit(parse(what), options, self.instance)
        else:
            handle = signature(what).apply_async((), dict(params or {}), instance=self.instance, **options)
        self.instance.room.turns.work()
        return handle

    def run_recorded(self) -> None:
        """Run what was recorded and has not run yet, in order, with all that comes of it."""
        self.instance.room.turns.work()

    def delays(self, handle: Any) -> list[float]:
        """The seconds that would have been waited before each retry of a job, without jitter."""
        return list(self.instance.room.book.entry(_id(handle)).delays)

    def told(self, handle: Any) -> list[dict[str, Any]]:
        """What a job has said of itself, in order: `progress`, `text`, and of `update_state` `state` and `meta`."""
        entry = self.instance.room.book.entry(_id(handle))
        said = [(one.fraction, one.text, json.loads(one.told or "{}")) for one in entry.told]
        return [{"progress": fraction, "text": text, **told} for fraction, text, told in said]

    def _submitted(self, asked: Asked) -> Submitted:
        request = asked.request
        submission = self.instance.room.book.entry(asked.receipt.id).submission
        call = Call.decode(submission.body)
        tree = request.tree
        alone = isinstance(tree, Step) and not isinstance(submission, WorkflowSubmission)
        due = submission.due_ms
        hide = _hiding(submission, call)
        args = tree.args if alone and isinstance(tree, Step) else request.args
        given = tree.params if alone and isinstance(tree, Step) else request.params
        return Submitted(
            id=submission.id,
            task=submission.task,
            args=tuple(hide("", value) for value in args),
            kwargs={name: hide(name, value) for name, value in given.items()},
            params=call.shown_params,
            steps=_steps(submission),
            text=submission.plan.text if isinstance(submission, WorkflowSubmission) else "",
            queue=submission.queue,
            priority=submission.priority,
            countdown=_seconds(submission.delay_ms),
            eta=None if due is None else datetime.fromtimestamp(due / 1000, UTC),
            expires=_seconds(submission.expires_ms),
            key=submission.key,
            tags=call.tags,
            labels=call.labels,
            handle=AsyncResult(submission.id, self.instance),
        )


def inline(request: pytest.FixtureRequest, *, runs: bool) -> Iterator[Inline]:
    """What the fixtures yield. Imports the modules that declare tasks; raises what that raises."""
    config = setup_of(request).config()
    instance = InlineQctl(config, runs=runs)
    with environment(QCTL_REDIS=_NOWHERE), _roots(config), standing_in(instance):
        for module in config.modules:
            import_module(module)
        yield Inline(instance)


@contextmanager
def _roots(config: Config) -> Iterator[None]:
    """Find what `python_path` names, behind all else."""
    added = [root for root in config.python_path if root not in sys.path]
    sys.path += added
    try:
        yield
    finally:
        for root in added:
            if root in sys.path:
                sys.path.remove(root)


def _steps(submission: Submission) -> tuple[str, ...]:
    if not isinstance(submission, WorkflowSubmission):
        return ()
    return tuple(node.job.task for node in submission.plan.nodes if node.job is not None)


def _hiding(submission: Submission, call: Call) -> Callable[[str, Any], Any]:
    """What puts `***` for a secret, by its name or by its value: what a test prints stands in its runner's logs."""
    secrets = decode(submission.secrets).values()
    return lambda name, value: SHOWN if name in call.secrets or value in secrets else value


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000


def _id(handle: Any) -> str:
    return str(getattr(handle, "id", handle))
