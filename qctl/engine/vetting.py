"""What a job may have its worker submit: what it could run itself, and in its own name.

A worker of root's runs jobs of other users. One of those that could start a task of root's, or a command of its own
choice, would be root (attack 51).
"""

from __future__ import annotations

import os

from qctl.classes import replace
from qctl.config.environment import Unprepared, account
from qctl.config.steps import check_items, free_params
from qctl.errors import NotPermitted, UsageError
from qctl.model.call import Call, Kind
from qctl.model.secrets import Veil, decode, encode, part, secret_names, texts_of
from qctl.model.submission import IfExists
from qctl.model.workflow.plan import WorkflowSubmission
from qctl.model.workflow.tree import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from qctl.engine.claims import Held
    from qctl.engine.station import Station
    from qctl.model.submission import Submission
    from qctl.model.task import Task


def vetted(one: Submission, asker: Held, station: Station) -> Submission:
    """A submission as it may stand, of a workflow with all of its steps.

    Raises UsageError for one that is none, NotPermitted for what is not the job's.
    """
    if isinstance(one, WorkflowSubmission):
        nodes = tuple(replace(node, job=node.job and vetted(node.job, asker, station)) for node in one.plan.nodes)
        one = _text_guarded(replace(one, plan=replace(one.plan, nodes=nodes)))
    try:
        call = Call.decode(one.body)
        if call.task != one.task:
            raise UsageError(f"a submission of {one.task} that asks for {call.task}")
        task = None if call.kind is Kind.ADHOC else station.task(call.task)
        user = asker.task.user if asker.task is not None else None
        if isinstance(one, WorkflowSubmission) is not (call.kind is Kind.WORKFLOW):
            raise UsageError("a workflow is submitted with its plan, and nothing else is")
        if user is not None and _is_other(user):
            _must_be_its_own(one, call, task, user)
        if task is not None:
            _check_places(call, task)
        call = replace(call, by=f"{user or account().name}@{station.identity.host}")
        return _guarded(one, call, task)
    except ValueError as error:
        raise UsageError(f"not a submission: {error}") from error


def _must_be_its_own(one: Submission, call: Call, task: Task | None, user: str) -> None:
    """A job of another user than the worker's starts what runs as that user, and touches no job of anybody else."""
    if one.if_exists is IfExists.REPLACE:
        raise NotPermitted(f"a job of user {user} may not replace a job by its key")
    if call.kind is Kind.WORKFLOW:
        return  # its steps were looked at
    if call.kind is Kind.ADHOC:
        raise NotPermitted(
            f"a job of user {user} may not submit commands of its own: they would run as {account().name}"
        )
    if task is None or task.user != user:
        raise NotPermitted(f'a job of user {user} may submit tasks with `user = "{user}"`, and {call.task} is none')


def _check_places(call: Call, task: Task) -> None:
    """Refuse values by place that the job could not know to be a secret's. Raises UsageError."""
    said = {**call.params, **dict.fromkeys(call.secrets)}
    step = Step(task=call.task, params=said, args=call.positional, spread=call.spread, items=call.items)
    if call.spread is not None:
        check_items(step, task)
        return
    reached = free_params(step, task)[: len(call.positional) + 1] if call.positional else []
    if hidden := [name for name in reached if name in secret_names(task)]:
        raise UsageError(
            f"{task.name} is given values by place, and its `{hidden[0]}` is secret",
            help=f"a job that does not import the task gives its parameters by name: {hidden[0]}=…",
        )


def _text_guarded(one: WorkflowSubmission) -> WorkflowSubmission:
    """A workflow whose text for people shows nothing that turned out to be secret."""
    texts = {text for node in one.plan.nodes if node.job for text in _hidden_texts(node.job)}
    call, veil = Call.decode(one.body), Veil(texts)
    if not veil or call.pipeline is None:
        return one
    call = replace(call, pipeline=veil.over_text(call.pipeline))
    return replace(one, body=call.encode(), plan=replace(one.plan, text=veil.over_text(one.plan.text)))


def _hidden_texts(job: Submission) -> Iterator[str]:
    for value in decode(job.secrets).values():
        yield from texts_of(value)


def _guarded(one: Submission, call: Call, task: Task | None) -> Submission:
    """A job that does not have the task's definition cannot know which of its parameters are secret."""
    shown, hidden = part(call.params, secret_names(task) if task else frozenset())
    secrets = {**decode(one.secrets), **hidden}
    call = replace(call, params=shown, secrets=tuple(dict.fromkeys((*call.secrets, *hidden))))
    return replace(one, body=call.encode(), secrets=encode(secrets))


def _is_other(user: str) -> bool:
    try:
        return account(user).uid != os.geteuid()
    except Unprepared:
        return True
