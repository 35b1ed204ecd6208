"""A composition with all that stands for more steps written out: workflows by name, `each(…)`, tasks on each host."""

from __future__ import annotations

from qctl.classes import replace
from qctl.config.jobs import find_task
from qctl.config.steps import place_values, read_values, step_at_end
from qctl.errors import UsageError
from qctl.model.call import Kind
from qctl.model.params import ParameterError, bind
from qctl.model.secrets import secret_names
from qctl.model.words import fill_text, placeholders, whole_place
from qctl.model.workflow.tree import MOST_NESTING, Chain, Each, Given, Group, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from qctl.config.steps import Whole
    from qctl.model.task import OnEnd, Task
    from qctl.model.workflow.tree import Tree


def given(task: Task, bound: Mapping[str, Any]) -> dict[str, Given]:
    """A workflow's parameters as its steps receive them."""
    secret = secret_names(task)
    return {name: Given(value, name in secret) for name, value in bound.items()}


def fill(tree: Tree, values: Mapping[str, Given]) -> Tree:
    """A composition with the workflow's parameters in the places of `{name}`: in values, never in names."""
    return mapped(tree, lambda step: _filled(step, values))


def by_default(step: Step, task: Task, workflow: Task) -> None:
    """See that a step's values fit which the defaults of the workflow's parameters make. Raises UsageError."""
    usual = {one.name: Given(one.default) for one in workflow.params if one.default is not None and not one.secret}
    for name, value in step.params.items():
        names = placeholders(value) if isinstance(value, str) else ()
        if not names or not usual.keys() >= set(names):
            continue
        try:
            read_values(step, task, {name: _fill(value, usual)}, workflow.file.rpartition("/")[0])
        except ParameterError as error:
            which = " and ".join(f"`{each}`" for each in dict.fromkeys(names))
            raise UsageError(f"with the default of {which}: {error}", help=f"qctl task show {task.name}") from error


def expand(tree: Tree, whole: Whole, within: tuple[str, ...] = ()) -> Tree:
    """Write out what stands for more steps. `within` are the workflows that this is a part of, the outermost first.

    Raises UsageError for a workflow that would contain itself, for marks and options that a workflow's or group's
    place cannot have, and for lines that have not been read; and what `find_task` and `bind` raise.
    """
    return mapped(tree, lambda step: _written_out(step, whole, within))


def mapped(tree: Tree, change: Callable[[Step], Tree], depth: int = 0) -> Tree:
    """The same with each step changed, those of links too. Raises UsageError if it is nested too deep."""
    if depth > MOST_NESTING:
        raise UsageError(f"the workflow is nested more than {MOST_NESTING} deep")

    def inner(trees: tuple[Tree, ...]) -> tuple[Tree, ...]:
        return tuple(mapped(each, change, depth + 1) for each in trees) if trees else ()

    if tree.link or tree.link_error:
        tree = replace(tree, link=inner(tree.link), link_error=inner(tree.link_error))
    if isinstance(tree, Step):
        return change(tree)
    if isinstance(tree, Chain):
        return replace(tree, elements=inner(tree.elements))
    return replace(tree, members=inner(tree.members))


def _filled(step: Step, values: Mapping[str, Given]) -> Step:
    return replace(
        step,
        params={name: _fill(value, values) for name, value in step.params.items()},
        words=tuple(_fill(value, values) for value in step.words),
    )


def _fill(value: Any, values: Mapping[str, Given]) -> Any:
    if isinstance(value, Each) and value.param is not None and value.param in values:
        found = values[value.param].value
        if not isinstance(found, list):
            raise UsageError(f"each({{{value.param}}}) goes through a list, and `{value.param}` is none")
        return Each(param=value.param, values=tuple(Given(one, values[value.param].secret) for one in found))
    if not isinstance(value, str):
        return value
    whole = whole_place(value)
    if whole is not None:
        return values.get(whole, "")
    plain = {name: one.value for name, one in values.items()}
    text = fill_text(value, plain)
    hidden = any(values[name].secret for name in placeholders(value) if name in values)
    return Given(text, secret=True) if hidden else text


def _written_out(step: Step, whole: Whole, within: tuple[str, ...]) -> Tree:
    if not step.typed and any(isinstance(value, Each) for value in (*step.params.values(), *step.words)):
        members = tuple(_written_out(member, whole, within) for member in _members(step))
        return _group(step, members)
    task = find_task(step.task, whole.config, strict=whole.strict)
    if task is None:
        return step
    if task.kind is Kind.WORKFLOW:
        return _inlined(step, task, whole, within)
    if task.each_host and "host" not in step.options and whole.options.host is None:
        members = tuple(replace(step, options={**step.options, "host": host}) for host in task.hosts)
        return _group(step, members)
    return step


def each_of(step: Step) -> Each | None:
    """What a step goes through by `each(…)`; None if it is one job. Raises UsageError for several of them."""
    found = [value for value in (*step.params.values(), *step.words) if isinstance(value, Each)]
    if len(found) > 1:
        raise UsageError(f"{step.task} has several each(…): a step goes through one", help="qctl help pipelines")
    return found[0] if found else None


def member(step: Step, value: Any) -> Step:
    """A step that goes through something, with one of its values."""

    def placed(one: Any) -> Any:
        return value if isinstance(one, Each) else one

    return replace(
        step,
        params={name: placed(one) for name, one in step.params.items()},
        words=tuple(map(placed, step.words)),
        link=(),
        link_error=(),
    )


def _members(step: Step) -> Iterator[Step]:
    each = each_of(step)
    assert each is not None
    if each.values is None:
        raise UsageError(f"the lines of each(@{each.path}) have not been read")
    for value in each.values:
        yield member(step, value)


def _group(step: Step, members: tuple[Tree, ...]) -> Group:
    """The group that a step becomes. What is said of the step's failure holds for each member."""
    if step.handler:
        raise UsageError(
            f"`{step.task}!` is a group, and only a single step handles a failure", help="qctl help pipelines"
        )
    return Group(members=members, link=step.link, link_error=step.link_error)


def _inlined(step: Step, task: Task, whole: Whole, within: tuple[str, ...]) -> Tree:
    """A workflow that is a step: its own steps, at that place. What runs when it has ended is linked to it."""
    names = (*within, task.name)
    if task.name in within:
        raise UsageError(contains_itself(names))
    check_inlined(step, task)
    placed = place_values(step, task, receives=False)
    bound = bind(task, read_values(step, task, placed.params, whole.folder))
    assert task.composition is not None
    own = expand(fill(task.composition, given(task, bound)), whole, names)
    own = mapped(own, lambda inner: replace(inner, options={**step.options, **inner.options}))
    return Chain(
        elements=(own if step.takes_input else without_input(own),),
        link=(*step.link, *_at_end(task.on_success, whole)),
        link_error=(*step.link_error, *_at_end(task.on_error, whole)),
    )


def contains_itself(names: Sequence[str]) -> str:
    """What is wrong with a workflow that is a step of itself; `names` are the way down to it."""
    return f"workflow `{names[-1]}` would contain itself: {' → '.join(names)}"


def check_inlined(step: Step, task: Task) -> None:
    """Refuse what a workflow that is a step of another cannot have. Raises UsageError."""
    if step.tolerant or step.handler:
        mark = "?" if step.tolerant else "!"
        raise UsageError(
            f"`{task.name}` is a workflow and cannot be `{task.name}{mark}`: give its steps the mark",
            help="qctl help pipelines",
        )
    if task.timeout is not None:
        raise UsageError(f"workflow `{task.name}` has a `timeout`, which it can have only by itself, not as a step")


def without_input(tree: Tree) -> Tree:
    """A composition whose first steps are given nothing."""
    if isinstance(tree, Step):
        return replace(tree, takes_input=False)
    if isinstance(tree, Group):
        return replace(tree, members=tuple(map(without_input, tree.members)))
    return replace(tree, elements=(*map(without_input, tree.elements[:1]), *tree.elements[1:]))


def _at_end(on_end: OnEnd | None, whole: Whole) -> tuple[Tree, ...]:
    return () if on_end is None else (step_at_end(on_end, whole.config, strict=whole.strict),)
