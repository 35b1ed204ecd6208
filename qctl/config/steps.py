"""One step of a workflow as a request of its own: values find their parameters, options come down from the whole."""

from __future__ import annotations

import random
from typing import NamedTuple

from qctl.classes import dataclass, field, fields
from qctl.config.jobs import find_task, submission_of
from qctl.config.moulds import Moulds
from qctl.config.options import Options, Request
from qctl.errors import UsageError
from qctl.model.call import Kind, Values
from qctl.model.param_types import Unfit, check, from_text
from qctl.model.params import ParameterError, SecretInTheOpen, expected
from qctl.model.secrets import secret_names
from qctl.model.show import count
from qctl.model.words import text_of
from qctl.model.workflow.node_names import node_id
from qctl.model.workflow.tree import Each, FromFile, Given, Literal, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Final

    from qctl.config.values import Config
    from qctl.model.submission import Submission
    from qctl.model.task import OnEnd, Param, Task
    from qctl.model.workflow.flatten import Site

_OPTIONS: Final = frozenset(field.name for field in fields(Options))
#: Options that are of the whole workflow.
_OF_THE_WHOLE: Final = frozenset({"key", "if_exists", "after", "id"})


class GivenTwice(UsageError, TypeError):
    """{task} is given `{parameter}` twice: by place and by name"""

    help = "qctl task show {task}"


TOO_OPEN: Final = "would show a secret of the workflow; it needs `secret = true` as well"


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
    moulds: Moulds = field(default_factory=Moulds)


class Placed(NamedTuple):
    """Where the values of a step go, as they are written."""

    params: Mapping[str, Any]
    by_place: frozenset[str] = frozenset()  #: parameters that get theirs when the job starts
    positional: tuple[Any, ...] = ()
    args: tuple[str, ...] = ()


def step_job(step: Step, site: Site, whole: Whole) -> Submission:
    """The job of a step at its place.

    Raises NotFound, BrokenTask, DisabledTask, ParameterError or UsageError, each of which names the step's task.
    """
    task = find_task(step.task, whole.config, strict=whole.strict)
    placed = place_values(step, task, receives=site.receives)
    request = Request(
        task=step.task,
        params=read_values(step, task, placed.params, whole.folder),
        args=placed.args,
        options=_options(step, task, site, whole),
        by=whole.by,
    )
    said: dict[str, Any] = {
        "workflow_id": whole.id,
        "parent_id": None if site.parent is None else node_id(whole.id, site.parent),
    }
    return submission_of(
        request,
        task,
        whole.config,
        draw=lambda: node_id(whole.id, site.name),
        secret=whole.secret,
        by_place=placed.by_place,
        moulds=whole.moulds,
        values=Values(positional=placed.positional, spread=step.spread, items=step.items),
        more=said,
    )


def step_at_end(on_end: OnEnd, config: Config, *, strict: bool = True) -> Step:
    """What runs when a workflow has ended. A Python task without a parameter is told nothing of it.

    Raises what `find_task` raises.
    """
    task = find_task(on_end.task, config, strict=strict)
    takes = task is None or task.kind is not Kind.CALL or bool(task.params) or task.rest
    return Step(task=on_end.task, takes_input=takes)


def place_values(step: Step, task: Task | None, *, receives: bool) -> Placed:
    """Give the values of a step that stand by place their parameters. Raises UsageError if there are too many."""
    words = (*step.words, *step.args)
    if task is None:
        return Placed(step.params, positional=tuple(map(_untyped, words)))
    free = free_params(step, task)
    if task.kind is not Kind.CALL:
        return _of_command(step, task, free)
    if step.spread is not None:
        check_items(step, task)
        return Placed(step.params, frozenset(free))
    received = _receiver(step, free, receives=receives and not (task.rest and not free))
    takers = free[len(received) :]
    _must_not_be_twice(step, task, received)
    if len(words) > len(takers) and not task.rest:
        after = " after what it receives" if received else ""
        raise UsageError(
            f"{step.task} is given {len(words)} values by place{after}, and takes {len(takers)}",
            help=f"qctl task show {step.task}",
        )
    rest = tuple(map(_untyped, words[len(takers) :]))
    return Placed({**step.params, **dict(zip(takers, words, strict=False))}, frozenset(received), rest)


def _must_not_be_twice(step: Step, task: Task, received: Sequence[str]) -> None:
    """Refuse arguments that name a parameter which a value by place is for, as a plain call of the function would."""
    order = [param.name for param in task.params if not param.by_name]
    first = order.index(received[0]) + 1 if received else 0
    for name in order[first : first + len(step.args)]:
        if name in step.params:
            raise GivenTwice(task=step.task, parameter=name)


def free_params(step: Step, task: Task) -> list[str]:
    """The parameters that values by place fill, in order."""
    return [param.name for param in task.params if param.name not in step.params and not param.by_name]


def check_items(step: Step, task: Task) -> None:
    """Refuse items that give a secret parameter its values: they stand in the job's record. Raises UsageError."""
    most = max((len(item) for item in step.items if isinstance(item, list | tuple)), default=0)
    filled = free_params(step, task)[: min(1, len(step.items)) if step.spread == "map" else most]
    if hidden := [name for name in filled if name in secret_names(task)]:
        raise UsageError(
            f"{step.task}.{step.spread}(…) would keep values of the secret `{hidden[0]}` in the open",
            help=f"a group of {step.task}.s(…) keeps the secret of each member apart",
        )


def _of_command(step: Step, task: Task, free: Sequence[str]) -> Placed:
    """A command receives on stdin; values by place fill its parameters, and arguments that are left are its words."""
    if step.spread is not None:
        raise UsageError(f"{step.task} is no Python task, which alone is called for each of several items")
    words = (*step.words, *step.args)
    if len(step.words if task.kind is not Kind.WORKFLOW else words) > len(free):
        raise UsageError(
            f"{step.task} is given {count(len(words), 'value')} by place, and takes {len(free)}",
            help=f'qctl task show {step.task}        a value that holds a comma stands in quotes: {step.task}(k="a,b")',
        )
    params = {**step.params, **dict(zip(free, words, strict=False))}
    return Placed(params, args=tuple(text_of(value) for value in words[len(free) :]))


def _receiver(step: Step, free: Sequence[str], *, receives: bool) -> Sequence[str]:
    """The parameter that the received value binds to: the first that is not given by name."""
    if receives and not free:
        raise UsageError(
            f"{step.task} has no free parameter for the value that it receives",
            help=f"write `.{step.task}` to pass it nothing, or leave a parameter out: qctl task show {step.task}",
        )
    return free[:1] if receives else ()


def read_values(step: Step, task: Task | None, params: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """The values of a step, each read by the type of its parameter; a relative path is taken from `folder`.

    Raises ParameterError. What is no parameter stays as it is: `bind` refuses that.
    """
    if task is None or step.typed:
        return {name: _untyped(value) for name, value in params.items()}
    return {name: _read(task, task.param(name), value, folder) for name, value in params.items()}


def _read(task: Task, param: Param | None, value: Any, folder: str) -> Any:
    if param is None:
        return _untyped(value)
    if param.secret and not isinstance(value, FromFile | Given):
        raise SecretInTheOpen(task=task.name, parameter=param.name)
    if isinstance(value, Given) and value.secret and not param.secret:
        raise ParameterError(task=task.name, parameter=param.name, reason=TOO_OPEN)
    try:
        return _fitting(param, value, folder)
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
