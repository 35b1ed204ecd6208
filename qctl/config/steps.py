"""One step of a workflow as a request of its own: values find their parameters, options come down from the whole."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

from qctl.config.jobs import find_task, submission_of
from qctl.config.options import Options, Request
from qctl.config.values import Config
from qctl.errors import UsageError
from qctl.model.call import Kind
from qctl.model.param_types import Unfit, check, from_text
from qctl.model.params import ParameterError, SecretInTheOpen, expected
from qctl.model.submission import Submission
from qctl.model.task import Param, Task
from qctl.model.words import text_of
from qctl.model.workflow.flatten import Site
from qctl.model.workflow.plan import node_id
from qctl.model.workflow.tree import Each, FromFile, Given, Literal, Step

_OPTIONS: Final = frozenset(field.name for field in fields(Options))
#: Options that are of the whole workflow.
_OF_THE_WHOLE: Final = frozenset({"key", "if_exists", "after", "id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """The workflow that a step is prepared for."""

    id: str
    config: Config
    options: Options  #: of the call; queue, priority, retries and expires hold where a step says none
    by: str | None
    folder: str  #: from which relative paths are taken
    strict: bool = True
    secret: frozenset[str] = frozenset()  #: parameters of tasks that the caller does not have


class StepValues(NamedTuple):
    """Where the values of a step go."""

    params: dict[str, Any]
    by_place: frozenset[str] = frozenset()  #: parameters that get theirs when the job starts
    positional: tuple[Any, ...] = ()
    args: tuple[str, ...] = ()


def step_job(step: Step, site: Site, whole: Whole) -> Submission:
    """The job of a step at its place.

    Raises NotFound, BrokenTask, DisabledTask, ParameterError or UsageError, each of which names the step's task.
    """
    task = find_task(step.task, whole.config, strict=whole.strict)
    values = step_values(step, task, whole, receives=site.receives)
    request = Request(
        task=step.task,
        params=values.params,
        args=values.args,
        options=_options(step, task, site, whole),
        by=whole.by,
    )
    said: dict[str, Any] = {
        "workflow_id": whole.id,
        "parent_id": None if site.parent is None else node_id(whole.id, site.parent),
        "positional": values.positional,
        "spread": step.spread,
        "items": step.items,
    }
    return submission_of(
        request,
        task,
        whole.config,
        draw=lambda: node_id(whole.id, site.name),
        secret=whole.secret,
        by_place=values.by_place,
        more=said,
    )


def step_values(step: Step, task: Task | None, whole: Whole, *, receives: bool) -> StepValues:
    """What a step gives its task, each value read by the type of its parameter. Raises ParameterError or UsageError."""
    words = (*step.words, *step.args)
    if task is None:
        named = {name: _untyped(value) for name, value in step.params.items()}
        return StepValues(named, positional=tuple(map(_untyped, words)))
    named = {name: _read(step, task, task.param(name), value, whole) for name, value in step.params.items()}
    free = [param for param in task.params if param.name not in step.params]
    if task.kind is not Kind.CALL:
        return _of_command(step, task, named, free, whole)
    if step.spread is not None:
        return StepValues(named, frozenset(param.name for param in free))
    received = _receiver(step, free, receives=receives)
    takers = free[len(received) :]
    if len(words) > len(takers):
        raise UsageError(
            f"{step.task} is given {len(words)} values by place{' after what it receives' if received else ''}, "
            f"and takes {len(takers)}",
            help=f"qctl task show {step.task}",
        )
    for param, value in zip(takers, words, strict=False):
        named[param.name] = _read(step, task, param, value, whole)
    return StepValues(named, frozenset(param.name for param in received))


def _of_command(step: Step, task: Task, named: dict[str, Any], free: Sequence[Param], whole: Whole) -> StepValues:
    """A command receives on stdin; words of an expression fill its parameters, arguments from Python are its words."""
    if step.spread is not None:
        raise UsageError(f"{step.task} is no Python task, which alone is called for each of several items")
    if len(step.words) > len(free):
        raise UsageError(
            f"{step.task} is given {len(step.words)} values by place and has {len(free)} parameters left for them",
            help=f"qctl task show {step.task}",
        )
    for param, value in zip(free, step.words, strict=False):
        named[param.name] = _read(step, task, param, value, whole)
    return StepValues(named, args=tuple(text_of(value) for value in step.args))


def _receiver(step: Step, free: Sequence[Param], *, receives: bool) -> Sequence[Param]:
    """The parameter that the received value binds to: the first that is not given by name."""
    if receives and not free:
        raise UsageError(
            f"{step.task} has no free parameter for the value that it receives",
            help=f"write `.{step.task}` to pass it nothing, or leave a parameter out: qctl task show {step.task}",
        )
    return free[:1] if receives else ()


def _read(step: Step, task: Task, param: Param | None, value: Any, whole: Whole) -> Any:
    """A value as the job gets it. Of a parameter that is not known it stays what it is: `bind` refuses that."""
    if step.typed or param is None:
        return _untyped(value)
    if param.secret and not isinstance(value, FromFile | Given):
        raise SecretInTheOpen(task=task.name, parameter=param.name)
    if isinstance(value, Given) and value.secret and not param.secret:
        reason = "would show a secret of the workflow; it needs `secret = true` as well"
        raise ParameterError(task=task.name, parameter=param.name, reason=reason)
    try:
        return _fitting(param, value, whole.folder)
    except Unfit as error:
        reason = f"is not {expected(param)}" if param.secret else str(error)
        raise ParameterError(task=task.name, parameter=param.name, reason=reason) from None


def _fitting(param: Param, value: Any, folder: str) -> Any:
    if isinstance(value, str):
        return from_text(param, value, folder)
    if isinstance(value, FromFile):
        text = str(_untyped(value))
        return from_text(param, text.removesuffix("\n") if param.secret else text, folder)
    if not isinstance(value, Given):
        return _untyped(value)
    try:
        return check(param, value.value)
    except Unfit:
        return from_text(param, text_of(value.value), folder)


def _untyped(value: Any) -> Any:
    if isinstance(value, Literal | Given):
        return value.value
    if isinstance(value, FromFile):
        if value.text is None:
            raise UsageError(f"the file of `@{value.path}` has not been read")
        return value.text
    assert not isinstance(value, Each)
    return value


def _options(step: Step, task: Task | None, site: Site, whole: Whole) -> Options:
    own, base = step.options, whole.options
    for name in own:
        if name not in _OPTIONS or name in _OF_THE_WHOLE:
            raise UsageError(f"{step.task} is a step of a workflow: `{name}` belongs to the whole")
    return Options(**{**own, **dict(_inherited(own, base)), **_of_host(own, base, task), **_of_stdin(own, base, site)})


def _inherited(own: Mapping[str, Any], base: Options) -> Iterator[tuple[str, Any]]:
    for name in ("queue", "priority", "retries", "expires"):
        if own.get(name) is None:
            yield name, getattr(base, name)
    if base.env:
        yield "env", {**base.env, **own.get("env", {})}


def _of_host(own: Mapping[str, Any], base: Options, task: Task | None) -> dict[str, Any]:
    """Where it runs. Of several hosts any: which of them will have the fewest jobs when it starts nobody knows yet."""
    if own.get("host") is not None:
        return {}
    if base.host is not None or task is None or not task.hosts:
        return {"host": base.host}
    return {"host": random.choice(task.hosts)}  # noqa: S311 - any will do


def _of_stdin(own: Mapping[str, Any], base: Options, site: Site) -> dict[str, Any]:
    """What the call gives on stdin is for the steps that come after none."""
    is_first = site.parent is None and site.name.isdecimal()
    return {"stdin": base.stdin} if base.stdin is not None and is_first and "stdin" not in own else {}
